"""What a person allowed for longer than a call: how it stands in a policy, and in a conversation's settings."""

from __future__ import annotations

from msgspec.structs import replace

from backends.contract.chat import ConversationSettings
from backends.contract.tools import AllowedTool, Scope
from backends.conversation.permissions import Policy


def with_allowed(policy: Policy, tool: AllowedTool, scope: Scope) -> Policy:
    """`policy` once a person has allowed a tool for longer than a call."""
    match scope:
        case "always":
            return replace(policy, always=policy.always | {tool.digest})
        case "conversation":
            return replace(policy, conversation=policy.conversation | {tool.digest})
        case "once":
            return policy


def policy_in(policy: Policy, settings: ConversationSettings) -> Policy:
    """`policy` as it is in a conversation with these settings."""
    allowed = {tool.digest for tool in settings.allowed_tools}
    return replace(policy, conversation=policy.conversation | allowed)


def remembering(settings: ConversationSettings, tool: AllowedTool) -> ConversationSettings:
    """`settings` with a tool that was allowed; what was agreed to of an earlier form of it gives way."""
    others = tuple(other for other in settings.allowed_tools if other.key != tool.key)
    return replace(settings, allowed_tools=(*others, tool))


def forgetting(settings: ConversationSettings, digest: str) -> ConversationSettings:
    """`settings` without the tool of this digest."""
    left = tuple(tool for tool in settings.allowed_tools if tool.digest != digest)
    return replace(settings, allowed_tools=left)
