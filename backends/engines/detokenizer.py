# pyright: basic
# basic: transformers' tokenizers are only partly typed.
"""Tokens to text as they come: whole characters only, special tokens left out, the markers of a dialect kept."""

from __future__ import annotations

from typing import Any

from tokenizers.decoders import DecodeStream

from backends.dialects import kept_markers


class _Redecoder:
    """Decodes with a tokenizer that knows whole texts only: the line that is being written, again for each token."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._line: list[int] = []
        self._told = ""
        self.last_segment = ""

    def add_token(self, token: int) -> None:
        """Take one token; `last_segment` is the text that is complete now."""
        self._line.append(token)
        text = self._decoded()
        self.last_segment = "" if text.endswith("\ufffd") else text[len(self._told) :]
        if self.last_segment:
            self._told = text
        if self.last_segment.endswith("\n"):
            self._line, self._told = [], ""

    def finalize(self) -> None:
        """`last_segment` is what was held back."""
        self.last_segment = self._decoded()[len(self._told) :]

    def _decoded(self) -> str:
        return self._tokenizer.decode(self._line, skip_special_tokens=False, clean_up_tokenization_spaces=False)


class Detokenizer:
    """Decodes one message. `tokenizer` is one of Transformers', bare or in mlx-lm's TokenizerWrapper."""

    def __init__(self, tokenizer: Any) -> None:
        special = {number: token.content for number, token in tokenizer.added_tokens_decoder.items() if token.special}
        kept = kept_markers(special.values())
        self._hidden = frozenset(number for number, content in special.items() if content not in kept)
        self._backend: Any = getattr(tokenizer, "backend_tokenizer", None)
        self._stream = DecodeStream(skip_special_tokens=False)
        self._slow: Any = None
        if self._backend is None:
            self._slow = getattr(tokenizer, "detokenizer", None) or _Redecoder(tokenizer)
        self._waiting: list[int] = []  # tokens that end in half a character

    def add(self, token: int) -> str:
        """Take one token; return the text that is complete now. Half a character waits for its rest."""
        if token in self._hidden:
            return ""
        if self._backend is None:
            self._slow.add_token(token)
            return self._slow.last_segment
        text = self._stream.step(self._backend, token)
        if text is None:
            self._waiting.append(token)
            return ""
        self._waiting.clear()
        return text

    def finish(self) -> str:
        """The message is over: what is left, without half a character."""
        if self._backend is not None:
            return self._backend.decode(self._waiting, skip_special_tokens=False).rstrip("\ufffd")
        self._slow.finalize()
        return self._slow.last_segment.rstrip("\ufffd")
