"""Consent covers one call of one tool as it was shown, and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from backends.contract.tools import Consent, ToolInfo, consent_to
from backends.conversation.permissions import ASK_ALWAYS, Policy, decide, granted_scope

CLOCK = ToolInfo("clock", "Tell the time.", {"type": "object", "properties": {}}, has_side_effects=False)
READ = ToolInfo("read", "Read a file.", {"type": "object", "properties": {}}, server="files", server_digest="1")


@pytest.mark.parametrize(
    ("policy", "tool", "decision"),
    [
        (Policy(), CLOCK, "ask"),
        (Policy(always=frozenset({CLOCK.digest})), CLOCK, "allow"),
        (Policy(always=frozenset({CLOCK.digest}), may_allow_always=False), CLOCK, "ask"),
        (Policy(always=frozenset({CLOCK.digest})), READ, "ask"),
        (Policy(conversation=frozenset({CLOCK.digest}), may_allow_always=False), CLOCK, "allow"),
        (Policy(allow_harmless=True), CLOCK, "allow"),
        (Policy(allow_harmless=True), READ, "ask"),
        (Policy(allow_harmless=True), msgspec.structs.replace(READ, has_side_effects=False), "ask"),
        (Policy(names=frozenset({"files/read"})), READ, "allow"),
        (Policy(names=frozenset({"read"})), READ, "ask"),
        (Policy(names=frozenset({"clock"})), CLOCK, "allow"),
        (Policy(names=frozenset({"clock"})), msgspec.structs.replace(CLOCK, server="files"), "ask"),
        (Policy(allow_all=True), CLOCK, "allow"),
        (Policy(allow_all=True), None, "unknown"),
    ],
)
def test_a_tool_is_asked_about_unless_it_was_allowed(policy: Policy, tool: ToolInfo | None, decision: str) -> None:
    assert decide(policy, tool, {}) == decision


@pytest.mark.parametrize(
    "change",
    [
        {"name": "read2"},
        {"own_name": "delete"},
        {"description": "Wipe the disk."},
        {"parameters": {"type": "object"}},
        {"server": "other"},
        {"server_digest": "2"},
    ],
)
def test_a_tool_that_changed_is_asked_about_again(change: dict[str, Any]) -> None:
    changed = msgspec.structs.replace(READ, **change)
    allowed = frozenset({READ.digest})
    assert decide(Policy(always=allowed, conversation=allowed), changed, {}) == "ask"
    assert decide(ASK_ALWAYS, changed, {}, [consent_to(READ, {}, "t")]) == "ask"


def test_consent_covers_these_arguments_only() -> None:
    consent = consent_to(CLOCK, {"timezone": "Asia/Shanghai", "hours": 24}, "t")
    assert decide(ASK_ALWAYS, CLOCK, {"hours": 24, "timezone": "Asia/Shanghai"}, [consent]) == "allow"
    assert decide(ASK_ALWAYS, CLOCK, {"timezone": "Asia/Shanghai"}, [consent]) == "ask"
    assert decide(ASK_ALWAYS, CLOCK, {"timezone": "Asia/Shanghai", "hours": "24"}, [consent]) == "ask"
    assert decide(ASK_ALWAYS, CLOCK, {}, []) == "ask"
    assert decide(ASK_ALWAYS, CLOCK, {}, [Consent("", "", "t")]) == "ask"


def test_a_consent_without_a_ticket_allows_nothing() -> None:
    assert decide(ASK_ALWAYS, CLOCK, {}, [consent_to(CLOCK, {})]) == "ask"


def test_always_counts_once_where_it_is_forbidden() -> None:
    assert granted_scope(Policy(), "always") == "always"
    assert granted_scope(Policy(may_allow_always=False), "always") == "once"
    assert granted_scope(Policy(may_allow_always=False), "conversation") == "conversation"
