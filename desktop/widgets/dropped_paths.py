"""What is dragged over the window: which of it is a model."""

from __future__ import annotations

from PySide6.QtCore import QMimeData

from desktop.start_request import looks_like_model


def dropped_models(data: QMimeData) -> list[str]:
    """The folders and files of weights among what is dragged; all else is left to whoever is below the mouse."""
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if looks_like_model(path)]
