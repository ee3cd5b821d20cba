"""What a person can ask for in the picker, in one place: rows, cards and menus emit here, the picker passes it on."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class ModelRequests(QObject):
    """One signal a wish; what each brings stands below it."""

    load_requested = Signal(object)
    """`ModelRef`"""
    cancel_load_requested = Signal()
    unload_requested = Signal()
    open_folder_requested = Signal(str)
    import_requested = Signal(str)
    """The file"""
    plan_requested = Signal(object)
    """`tuple[DownloadRef, ...]`: how large are these?"""
    download_requested = Signal(object)
    """`DownloadRef`"""
    pause_requested = Signal(str)
    """`DownloadRef.id`"""
    resume_requested = Signal(object)
    """`DownloadRef`"""
    cancel_requested = Signal(str)
    """`DownloadRef.id`"""
    verify_requested = Signal(object)
    """`DownloadRef`"""
    delete_requested = Signal(str)
    """The model's folder"""
    engine_requested = Signal(object, object)
    """Install this engine (`EngineName`) for this model (`ModelRef`): the person has consented."""
    cancel_engine_requested = Signal()
    search_hub_requested = Signal(str)
    hub_changed = Signal(str)
    """"huggingface", "modelscope" or "mirror\""""
    token_given = Signal(str, str)
    """The hub, and its access token"""


NAMES = (
    "load_requested",
    "cancel_load_requested",
    "unload_requested",
    "open_folder_requested",
    "import_requested",
    "plan_requested",
    "download_requested",
    "pause_requested",
    "resume_requested",
    "cancel_requested",
    "verify_requested",
    "delete_requested",
    "engine_requested",
    "cancel_engine_requested",
    "search_hub_requested",
    "hub_changed",
    "token_given",
)
