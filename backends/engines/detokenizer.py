# pyright: basic
# basic: transformers' tokenizers are only partly typed.
"""Tokens to text as they come: whole characters only, special tokens left out, the markers of a dialect kept."""

from __future__ import annotations

from typing import Any

from tokenizers.decoders import DecodeStream

from backends.dialects import kept_markers


class Detokenizer:
    """Decodes one message. `tokenizer` is mlx-lm's TokenizerWrapper."""

    def __init__(self, tokenizer: Any) -> None:
        special = {number: token.content for number, token in tokenizer.added_tokens_decoder.items() if token.special}
        kept = kept_markers(special.values())
        self._hidden = frozenset(number for number, content in special.items() if content not in kept)
        self._backend: Any = getattr(tokenizer, "backend_tokenizer", None)
        self._stream = DecodeStream(skip_special_tokens=False)
        self._slow: Any = tokenizer.detokenizer if self._backend is None else None
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
