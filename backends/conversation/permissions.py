"""What may run: pure decisions about tool calls, made before a person is asked and again before a tool runs."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from backends.contract.tools import Consent, ToolInfo, consent_to

Decision = Literal["allow", "ask", "unknown"]


class Policy(Struct, frozen=True):
    """What a person allowed beforehand: tools by their digest, so that a tool that has changed is asked about again."""

    allowed_digests: frozenset[str] = frozenset()
    allow_all: bool = False


def decide(policy: Policy, tool: ToolInfo | None) -> Decision:
    """What to do with a call of `tool`, None where no tool has the name that was called. Asking is the default."""
    if tool is None:
        return "unknown"
    if policy.allow_all or tool.digest in policy.allowed_digests:
        return "allow"
    return "ask"


def is_consented(tool: ToolInfo, arguments: dict[str, Any], consent: Consent | None) -> bool:
    """Whether `consent` covers exactly this call of this tool, as it is described now."""
    return consent is not None and consent == consent_to(tool, arguments)
