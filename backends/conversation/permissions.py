"""What may run: one pure decision about a tool call, made before a person is asked and again before the tool runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from backends.contract.tools import Consent, Scope, ToolInfo, consent_to

Decision = Literal["allow", "ask", "unknown"]


class Policy(Struct, frozen=True):
    """What a person allowed beforehand. Tools are known by their digest: one that has changed is asked about again.

    `names` are a script's: `ToolInfo.key`, so that a server's tool is named with its server. `allow_harmless` is for
    built-in tools without side effects; what a server says of its own tools allows nothing. `always` counts only where
    `may_allow_always`.
    """

    always: frozenset[str] = frozenset()
    conversation: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    allow_harmless: bool = False
    may_allow_always: bool = True
    allow_all: bool = False


ASK_ALWAYS = Policy()
"""The tools worker's own: nothing but a consent lets a tool run."""


def decide(
    policy: Policy, tool: ToolInfo | None, arguments: dict[str, Any], consents: Iterable[Consent] = ()
) -> Decision:
    """What to do with a call of `tool` (None where no tool has the name that was called) with `arguments`.

    `consents` are those that were given and not used yet: one of them that covers exactly this call allows it. Asking
    is the default.
    """
    if tool is None:
        return "unknown"
    asked = consent_to(tool, arguments)
    if any(replace(consent, ticket="") == asked for consent in consents if consent.ticket):
        return "allow"
    return "allow" if _is_allowed(policy, tool) else "ask"


def granted_scope(policy: Policy, scope: Scope) -> Scope:
    """For how long an answer of this scope counts."""
    return "once" if scope == "always" and not policy.may_allow_always else scope


def _is_allowed(policy: Policy, tool: ToolInfo) -> bool:
    is_harmless = not tool.has_side_effects and not tool.server
    return (
        policy.allow_all
        or (policy.allow_harmless and is_harmless)
        or (policy.may_allow_always and tool.digest in policy.always)
        or tool.digest in policy.conversation
        or tool.key in policy.names
    )
