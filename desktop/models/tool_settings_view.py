"""What the tools' pages of the settings read: preferences, the shown conversation's settings, and the servers."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.preference_state import PreferenceState
from desktop.models.tool_server_state import ToolServersState


class ToolSettingsView(Struct, frozen=True):
    """`own_folder` is that of Minim's own data, which is granted to nobody; None where there is none."""

    preferences: PreferenceState
    conversation: ConversationSettingsState
    servers: ToolServersState
    own_folder: Path | None = None
