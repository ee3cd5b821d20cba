"""The preferences as the terminal uses them: read with words for what is wrong, and changed one thing at a time."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from backends.contract.preferences import Preferences
from backends.contract.tools import AllowedTool
from backends.conversation.permissions import Policy
from backends.storage.settings import load_preferences, save_changes
from backends.terminal.output import say_failure


def read_preferences() -> Preferences:
    """The preferences; of a file that is damaged and was set aside, the person is told. Raises MinimError."""
    preferences, words = load_preferences()
    if words:
        say_failure(words)
    return preferences


def change_preferences(change: Callable[[Preferences], Preferences]) -> Preferences:
    """Read them, change them, write them; → as they are now. Raises MinimError.

    They are read for this alone, so that what the window wrote meanwhile stays.
    """
    before = read_preferences()
    return save_changes(before, change(before))


def keep_allowed(tool: AllowedTool) -> None:
    """Let `tool` run without asking in every conversation, as it is described now and no longer as it was before.

    Raises MinimError.
    """

    def add(before: Preferences) -> Preferences:
        others = tuple(one for one in before.allowed_tools if one.key != tool.key)
        return replace(before, allowed_tools=(*others, tool))

    change_preferences(add)


def policy_of(preferences: Preferences, names: tuple[str, ...] = (), *, allow_all: bool = False) -> Policy:
    """What may run without asking: as the preferences have it, and what a command's options add to that."""
    return Policy(
        always=frozenset(tool.digest for tool in preferences.allowed_tools),
        names=frozenset(names),
        allow_harmless=preferences.allow_harmless,
        may_allow_always=preferences.may_allow_always,
        allow_all=allow_all,
    )
