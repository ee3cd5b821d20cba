"""What became of a tool call, in words and in a colour: the same in the transcript and on the cards."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop import theme
from desktop.models.message_state import Call, CallState, argument_text
from desktop.models.plain_text import visible_line
from desktop.models.told_words import told
from desktop.models.words import sentences


def call_name(call: Call) -> str:
    """The tool's name, or words for one that was cut off before its name was complete."""
    return visible_line(call.name) or QCoreApplication.translate("CallWords", "Tool call")


def server_name(call: Call) -> str:
    """Where the tool comes from, "" while that is not known."""
    if call.tool is None:
        return ""
    return visible_line(call.tool.server) or QCoreApplication.translate("CallWords", "Built in")


def duration(seconds: float) -> str:
    """A duration as one reads it at a glance."""
    if seconds < 0.05:
        return QCoreApplication.translate("CallWords", "less than 0.1 s")
    if seconds < 9.95:
        return QCoreApplication.translate("CallWords", "{0} s").format(f"{seconds:.1f}".removesuffix(".0"))
    if seconds < 59.5:
        return QCoreApplication.translate("CallWords", "{0} s").format(round(seconds))
    minutes, rest = divmod(round(seconds), 60)
    return QCoreApplication.translate("CallWords", "{0} min {1} s").format(minutes, rest)


def state_words(call: Call) -> str:
    """The state of the call in a few words."""
    if call.undone:
        return QCoreApplication.translate("CallWords", "taken back")
    words: dict[CallState, str] = {
        "writing": QCoreApplication.translate("CallWords", "writing…"),
        "waiting": QCoreApplication.translate("CallWords", "next in line"),
        "asking": QCoreApplication.translate("CallWords", "waiting for your answer"),
        "running": QCoreApplication.translate("CallWords", "running…"),
        "done": QCoreApplication.translate("CallWords", "done in {0}").format(duration(call.seconds)),
        "failed": QCoreApplication.translate("CallWords", "failed"),
        "refused": QCoreApplication.translate("CallWords", "not allowed"),
        "unknown_tool": QCoreApplication.translate("CallWords", "unknown tool"),
        "cut_off": QCoreApplication.translate("CallWords", "cut off"),
        "unreadable": QCoreApplication.translate("CallWords", "cannot be read"),
        "not_run": QCoreApplication.translate("CallWords", "not run"),
    }
    return words[call.state]


def state_colour(state: CallState, colours: theme.Colours) -> str:
    """The colour that goes with a state; the words say the same without it."""
    match state:
        case "done":
            return colours.success
        case "failed" | "unknown_tool":
            return colours.error
        case "asking" | "cut_off" | "unreadable":
            return colours.warning
        case "running":
            return colours.accent
        case "writing" | "waiting" | "refused" | "not_run":
            return colours.muted


def note_words(call: Call) -> str:
    """What is to be said of a call beside its state: why it never ran, what a person changed, "" where nothing is."""
    if call.state == "asking":
        return visible_line(told(call.problem)) or _preview_words(call)
    if call.ran_with is not None:
        names = ", ".join(visible_line(name) for name, _ in call.ran_with if name in call.changed)
        words = QCoreApplication.translate("CallWords", "Changed by you: {0}. The model was told.")
        return words.format(names) if names else ""
    return _why_not(call)


def raw_text(call: Call) -> str:
    """What the model wrote; where that was not kept, its own arguments of a call that ran with others."""
    return argument_text(call.values) if call.ran_with is not None and not call.raw else call.raw


def _preview_words(call: Call) -> str:
    """What is said in the place of a diff that is not there."""
    if call.tool is None or not call.tool.shows_diff or call.diff:
        return ""
    if call.previewed:
        return QCoreApplication.translate("CallWords", "This would change nothing.")
    return QCoreApplication.translate("CallWords", "Looking at what this would change…")


def _why_not(call: Call) -> str:
    """Why a call never ran; "" where its state and what the model was told say it already."""
    match call.state:
        case "unreadable":
            why = QCoreApplication.translate("CallWords", "This call could not be read, so it never ran.")
        case "cut_off":
            why = QCoreApplication.translate(
                "CallWords", "This call was cut off before it was complete, so it never ran."
            )
        case "unknown_tool":
            why = QCoreApplication.translate("CallWords", "There is no tool of this name, so nothing ran.")
        case _:
            return ""
    if call.result is None:
        return why
    return sentences(why, QCoreApplication.translate("CallWords", "The model was told."))
