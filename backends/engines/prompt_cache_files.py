"""KV caches on disk: pieces of conversations in safetensors files, each checked before a byte of it is believed."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from backends.engines.base import Cancelled
from backends.engines.prompt_cache_format import DamagedPiece, Piece, Tensor, read_piece, write_piece
from backends.engines.prompt_cache_key import owner_tag
from backends.engines.prompt_caches import common_prefix

log = logging.getLogger(__name__)

_REPLACED = 512
"""Tokens. A piece that has no more than so many beyond what it shares with a newer one is the newer one's past."""

_SHORT = 256
"""Tokens. A last piece that is shorter is written again with what follows it, rather than one small file after it."""


@dataclass(frozen=True)
class Found:
    """Pieces that follow one another, and how many tokens of the prompt they hold: the last one perhaps more."""

    pieces: tuple[Piece, ...]
    tokens: int


class PromptCacheFiles:
    """The pieces in `folder` that belong to the model `key`, and those of other models, which share the budget.

    A piece holds the keys and values of some tokens and names the piece before it, so that a conversation that has
    grown costs only what is new, and branches share what they have in common. What was not used for longest goes
    first. What is damaged, cut off or not a piece at all is removed as soon as it is seen.
    """

    def __init__(self, folder: Path, key: str, budget_bytes: int) -> None:
        self._folder = folder
        self._key = key
        self._budget = budget_bytes
        self._pieces: dict[str, Piece] | None = None

    def find(self, prompt: Sequence[int]) -> Found:
        """The pieces that hold the longest prefix of `prompt`."""
        return self._below("", 0, prompt)

    def used(self, found: Found) -> bool:
        """Take down that these pieces were used just now; → whether all are still there: others may remove them."""
        for piece in found.pieces:
            try:
                os.utime(piece.path)
            except OSError:
                log.info("%s is no longer there", piece.path.name)
                self.remove(piece)
                return False
        return True

    def remove(self, piece: Piece) -> None:
        """Delete a piece and all that follow it."""
        pieces = self._index()
        pieces.pop(piece.id, None)
        with contextlib.suppress(OSError):  # not there, or not ours: it is no longer counted with
            piece.path.unlink()
        for follower in [other for other in pieces.values() if other.parent == piece.id]:
            self.remove(follower)

    def missing_from(self, tokens: Sequence[int]) -> int | None:
        """The first of `tokens` that is to be written; None where all are there."""
        found = self.find(tokens)
        if found.tokens == len(tokens) and self.used(found):
            return None
        covered = self._covered(tokens)
        while not self.used(covered):
            covered = self._covered(tokens)
        return covered.tokens

    def save(
        self,
        tokens: Sequence[int],
        start: int,
        tensors: Sequence[Tensor],
        cancelled: Cancelled,
        *,
        owner: str = "",
        newest: bool = True,
    ) -> bool:
        """Write the piece of `tokens` from `start` on; → whether it is there now, whole.

        `start` is what `missing_from` said, `owner` whose it is from now on, as `owner_tag` has it. The newest tokens
        make room for themselves, and what they have left behind goes; others have to fit beside what is there.
        Nothing is written where it is cancelled, the budget is too small, or the disk would lose more than half of
        what is free.
        """
        covered = self._covered(tokens)
        size = sum(tensor.nbytes for tensor in tensors)
        if covered.tokens != start or not self._make_room(size, covered if newest else None):
            return False
        parent = covered.pieces[-1].id if covered.pieces else ""
        rest = array("i", tokens[start:])
        name = piece_id(self._key, parent, rest)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            planned = Piece(self._folder, name, self._key, parent, rest, owner=owner)
            piece = write_piece(self._folder, planned, tensors, cancelled)
        except OSError as error:
            log.info("A KV cache could not be kept on disk: %s", error)
            return False
        if piece is None:
            return False
        self._index()[name] = piece
        self._drop_past_of(piece, shorter_too=newest)
        return True

    def forget(self, owners: Collection[str]) -> int:
        """Delete the pieces of these owners, of all models; → bytes that came free.

        A piece that another conversation continues from holds nothing but that one's text as well (the prompt that
        all begin with, the part that was copied into a branch). It is handed to that one, and goes when that goes.
        Nobody's pieces might hold the text of these owners, and are treated like theirs.
        """
        self._pieces = None  # another worker may have written since
        pieces = self._index()
        for piece in list(pieces.values()):
            if piece.owner and piece.owner not in owners:
                self._hand_over(pieces.get(piece.parent), piece.owner, owners)
        going = [piece for piece in pieces.values() if not piece.owner or piece.owner in owners]
        for piece in going:
            self.remove(piece)
        return sum(piece.size for piece in going if not piece.path.exists())

    def _hand_over(self, piece: Piece | None, heir: str, owners: Collection[str]) -> None:
        """Make `piece`, and those before it, the heir's, up to one that belongs to somebody who stays."""
        pieces = self._index()
        while piece is not None and (not piece.owner or piece.owner in owners):
            handed = replace(piece, owner=heir)
            try:
                piece.path.rename(handed.path)
            except OSError as error:  # then it goes, and what follows it
                log.info("%s could not be kept: %s", piece.path.name, error)
                return
            pieces[piece.id] = handed
            piece = pieces.get(piece.parent)

    def _index(self) -> dict[str, Piece]:
        if self._pieces is None:
            self._pieces = {}
            for path in sorted(self._folder.glob("*")):
                if (piece := _read(path)) is None:
                    continue
                if piece.id in self._pieces:  # two workers wrote it, each for a conversation of its own
                    with contextlib.suppress(OSError):
                        path.unlink()
                else:
                    self._pieces[piece.id] = piece
            for piece in list(self._pieces.values()):
                if piece.parent and piece.parent not in self._pieces:
                    self.remove(piece)
        return self._pieces

    def _below(self, parent: str, place: int, prompt: Sequence[int]) -> Found:
        """The best way on from the piece `parent`, which ends at `place`."""
        best = Found((), place)
        rest = array("i", prompt[place:])
        for piece in self._index().values():
            if piece.parent != parent or piece.key != self._key:
                continue
            shared = common_prefix(piece.tokens, rest)
            if shared == len(piece.tokens):
                on = self._below(piece.id, place + shared, prompt)
                found = Found((piece, *on.pieces), on.tokens)
            else:
                found = Found((piece,), place + shared)
            if found.tokens > best.tokens:
                best = found
        return best

    def _covered(self, tokens: Sequence[int]) -> Found:
        """The longest prefix of `tokens` that consists of whole pieces, a short last one excepted: it grows."""
        found = self.find(tokens)
        whole = sum(len(piece.tokens) for piece in found.pieces)
        if not found.pieces or (whole == found.tokens and len(found.pieces[-1].tokens) >= _SHORT):
            return found
        return Found(found.pieces[:-1], whole - len(found.pieces[-1].tokens))

    def _make_room(self, size: int, keep: Found | None) -> bool:
        """Remove what was not used for longest, but nothing of `keep`, or nothing at all without it."""
        pieces = self._index()
        kept = {piece.id for piece in keep.pieces} if keep is not None else set(pieces)
        if size + sum(piece.size for piece in pieces.values() if piece.id in kept) > self._budget:
            return False
        while sum(piece.size for piece in pieces.values()) + size > self._budget:
            parents = {piece.parent for piece in pieces.values()}
            self.remove(min((p for p in pieces.values() if p.id not in kept | parents), key=_last_used))
        folder = next(folder for folder in (self._folder, *self._folder.parents) if folder.exists())
        return shutil.disk_usage(folder).free >= 2 * size

    def _drop_past_of(self, new: Piece, *, shorter_too: bool) -> None:
        """Remove what the new piece has grown out of, and with `shorter_too` what it was cut back from by a little:
        the same turn of the same conversation, before its reasoning was left out.
        """
        pieces = self._index()
        parents = {piece.parent for piece in pieces.values()}
        for piece in list(pieces.values()):
            if piece.id == new.id or piece.id in parents or (piece.key, piece.parent) != (new.key, new.parent):
                continue
            shared = common_prefix(piece.tokens, new.tokens)
            past = shorter_too and piece.owner == new.owner
            if len(piece.tokens) - shared <= (min(_REPLACED, shared) if past else 0):
                self.remove(piece)


def remove_all(folder: Path) -> None:
    """Delete every piece: none are to be kept."""
    shutil.rmtree(folder, ignore_errors=True)


def forget_on_disk(folder: Path, conversations: Collection[str]) -> int:
    """Delete the pieces in `folder` that were written for these conversations, by any model; → bytes that came free."""
    if not conversations:
        return 0
    return PromptCacheFiles(folder, "", 0).forget({owner_tag(one) for one in conversations})


def piece_id(key: str, parent: str, tokens: array[int]) -> str:
    """The name of a piece: it follows from the model and from all tokens up to the piece's end."""
    return hashlib.sha256(f"{key} {parent} ".encode() + tokens.tobytes()).hexdigest()[:40]


def _read(path: Path) -> Piece | None:
    try:
        piece = read_piece(path)
        if piece.id != piece_id(piece.key, piece.parent, piece.tokens):
            raise DamagedPiece("its name does not follow from its tokens")
    except FileNotFoundError:
        return None  # another worker removed it
    except (DamagedPiece, OSError) as error:
        log.info("%s is no KV cache that can be used, and is removed: %s", path.name, error)
        if path.is_file() or path.is_symlink():
            with contextlib.suppress(OSError):
                path.unlink()
        return None
    return piece


def _last_used(piece: Piece) -> float:
    try:
        return piece.path.stat().st_mtime
    except OSError:
        return 0.0
