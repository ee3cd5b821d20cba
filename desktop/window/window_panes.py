"""The panes that the window lays out, by name."""

from __future__ import annotations

from msgspec import Struct

from desktop.panes.composer import Composer
from desktop.panes.conversation_list import ConversationList
from desktop.panes.reasoning import Reasoning
from desktop.panes.status import Status
from desktop.panes.toolbar import Toolbar
from desktop.panes.tools import Tools
from desktop.panes.transcript import Transcript


class Panes(Struct, frozen=True):
    """All of them, each built once."""

    toolbar: Toolbar
    conversations: ConversationList
    transcript: Transcript
    composer: Composer
    reasoning: Reasoning
    tools: Tools
    status: Status
