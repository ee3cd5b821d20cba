"""A text document as a row of regions that each own whole blocks of it, so that one can change without the others.

A region knows only how many blocks it has; where it starts follows from those behind it. The last block of the document
belongs to none and stays empty.
"""

from __future__ import annotations

from PySide6.QtGui import QTextDocument


class Region:
    """Some blocks of a document."""

    def __init__(self) -> None:
        self.blocks = 0


class TextRegions:
    """The regions of `document`, first to last."""

    def __init__(self, document: QTextDocument) -> None:
        self.document = document
        self._regions: list[Region] = []

    def append(self) -> Region:
        """A new, empty region at the end."""
        return self.insert(len(self._regions))

    def insert(self, place: int) -> Region:
        """A new, empty region at a place in the row."""
        region = Region()
        self._regions.insert(place, region)
        return region

    def insert_after(self, region: Region) -> Region:
        """A new, empty region behind another."""
        return self.insert(self._regions.index(region) + 1)

    def clear(self) -> None:
        """Forget all regions; the document is emptied by its owner."""
        self._regions.clear()

    def start(self, region: Region) -> int:
        """The number of the region's first block. Quick near the end, where text streams in."""
        behind = 1
        for other in reversed(self._regions):
            behind += other.blocks
            if other is region:
                return self.document.blockCount() - behind
        raise ValueError("the region is not of this document")
