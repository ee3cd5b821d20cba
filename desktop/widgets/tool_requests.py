"""What a person can ask for of tools and their servers, in one place: rows and editors emit here."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class ToolRequests(QObject):
    """One signal a wish; what each brings stands below it."""

    servers_requested = Signal()
    """The page is shown: which servers are there?"""
    approve_requested = Signal(str, str)
    """The server's name, and the digest of what was shown."""
    switch_requested = Signal(str, bool)
    """The server's name, and whether its tools are offered to models."""
    switch_tool_requested = Signal(str, bool)
    """`ToolInfo.key`, and whether it is offered to models."""
    restart_requested = Signal(str)
    save_requested = Signal(object, str)
    """`ToolServer`, and the name of the one that it replaces, "" for none."""
    remove_requested = Signal(str)
    find_files_requested = Signal()
    import_requested = Signal(str)
    """The file"""
    open_log_requested = Signal(str)
    """The file"""
    revoke_requested = Signal(object)
    """`tuple[AllowedTool, ...]`"""
    folders_changed = Signal()
    """Granted folders are another matter now, which is to be kept."""
