"""What a person wrote into the card of a call that asks, kept while another conversation is shown."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from backends.contract.tools import ToolInfo
from desktop.models.message_state import Call
from desktop.widgets.tool_card import ToolCard


class CallEdits(Struct, frozen=True):
    """`texts` by argument, and a `note` why not.

    They are of this call, as the model wrote it, of this tool, as it was described: of any other they say nothing.
    """

    message: int
    call_id: str
    tool: ToolInfo | None
    values: dict[str, Any]
    texts: dict[str, str]
    note: str


def edits_in(card: ToolCard) -> CallEdits | None:
    """What was written into a card that asks, None if nothing."""
    texts, note = card.editors.texts, card.permission.note.text()
    return _edits(card.call, texts, note) if card.call.state == "asking" and (texts or note) else None


def write_edits(edits: CallEdits, card: ToolCard) -> None:
    """Write them as the person did: they are read and checked, and what they would change is asked for anew.

    Nothing happens on the card of another call.
    """
    if card.call.state == "asking" and edits == _edits(card.call, edits.texts, edits.note):
        card.editors.write(edits.texts)
        card.permission.write_note(edits.note)


def _edits(call: Call, texts: dict[str, str], note: str) -> CallEdits:
    return CallEdits(call.message, call.call_id, call.tool, call.values, texts, note)
