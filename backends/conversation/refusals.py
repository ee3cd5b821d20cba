"""What a session cannot do, in words for a person."""

from __future__ import annotations

from backends.contract.errors import MinimError
from backends.storage.records import ConversationRecord


def gone() -> MinimError:
    """What was meant is not there."""
    return MinimError("bad_request", "This conversation or message is no longer there.", "Choose another one.")


def there(conversation: ConversationRecord | None) -> ConversationRecord:
    """The conversation. Raises `gone` if there is none."""
    if conversation is None:
        raise gone()
    return conversation


def busy() -> MinimError:
    """One answer is written at a time."""
    return MinimError("busy", "An answer is still being written.", "Wait until it is complete, or stop it first.")


def nothing_to_drop() -> MinimError:
    """The context cannot be made shorter."""
    words = "There is no older turn to drop: the last message is all that is left."
    return MinimError("context_full", words, "Shorten that message, or start a new conversation.")


def nothing_to_sum_up() -> MinimError:
    """The conversation is empty."""
    return MinimError("bad_request", "There is nothing to sum up yet.", "Write a message first.")


def source_gone() -> MinimError:
    """What a conversation goes on from was deleted."""
    words = "The conversation that is to be summed up was deleted."
    return MinimError("bad_request", words, "Restore it first, or start a new conversation.")


def nothing_to_undo() -> MinimError:
    """A call wrote nothing, or that was taken back already."""
    return MinimError("bad_request", "There is nothing to take back: this call wrote nothing, or it was undone before.")


def undo_failed() -> MinimError:
    """The tools worker ended before it answered."""
    words = "The process that runs the tools ended before it had taken the change back."
    return MinimError("worker_died", words, "Look at the file before you try again.")
