# pyright: basic
# basic: tokenizers and their templates are only partly typed.
"""From a conversation to the tokens to read and the way to write on: what every engine of a model does alike."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backends.contract.chat import GenerationOptions, Message
from backends.contract.errors import MinimError
from backends.contract.tools import ToolInfo
from backends.dialects import choose, end_markers, ends_in_reasoning, reads_calls, thinking_switch
from backends.engines.inert_results import inert_tools, marks_in, with_inert_results
from backends.engines.sampling import M2_SAMPLING, choose_sampling
from backends.engines.template_messages import message_style, template_messages
from backends.engines.writing import Writing

log = logging.getLogger(__name__)

M2_DIALECT = "minimax-m2"
M2_END = "[e~["
"""Ends a message of M2, whose published config names no end token."""


def template_source(template: object) -> str:
    """A tokenizer's chat template as one text, for a look at what it knows."""
    if isinstance(template, dict):
        return "\n".join(map(str, template.values()))
    return template if isinstance(template, str) else ""


def no_template(folder: Path) -> MinimError:
    """The error for a model that cannot hold a conversation."""
    return MinimError(
        "unsupported_model",
        f"The model in {folder} has no chat template: it continues texts and does not hold conversations.",
        "Choose the chat or instruct form of the model.",
    )


@dataclass(frozen=True)
class Prompt:
    """A rendered prompt, kept since counting, reading and choosing the reader ask for the same one."""

    messages: tuple[Message, ...]
    tools: tuple[ToolInfo, ...]
    text: str
    tokens: list[int]


class Prompting:
    """A loaded model's tokenizer, template and settings. `end_tokens`: what else ends a message, if it is a number."""

    def __init__(
        self,
        tokenizer: Any,
        chat_template: str,
        config: Mapping[str, Any],
        generation_config: Mapping[str, Any],
        context_length: int,
        end_tokens: Iterable[object],
    ) -> None:
        self._tokenizer = tokenizer
        self._config = config
        self._generation_config = generation_config
        self._prompt: Prompt | None = None
        self._response_template: Any = getattr(tokenizer, "response_template", None)
        vocabulary = tokenizer.get_vocab()
        self.context_length = context_length
        self.dialect = choose(chat_template, vocabulary, self._response_template)
        self.supports_tools = "tools" in chat_template and reads_calls(self.dialect)
        self.thinking = thinking_switch(chat_template)
        self._style = message_style(chat_template)
        added = getattr(tokenizer, "added_tokens_decoder", {}).values()
        self._marks = marks_in((token.content for token in added if token.special), chat_template)
        self._arguments = self.thinking.template_arguments(GenerationOptions())
        ends = [vocabulary.get(marker) for marker in end_markers(self.dialect)]
        self.end_tokens = _numbers(*end_tokens, generation_config.get("eos_token_id"), *ends)

    def think_as(self, options: GenerationOptions) -> None:
        """From now on, render prompts with the switches of the reasoning as `options` say."""
        arguments = self.thinking.template_arguments(options)
        if arguments != self._arguments:
            self._arguments = arguments
            self._prompt = None

    def render(self, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...]) -> Prompt:
        """The prompt by the model's own template. Raises MinimError("bad_request") where the template refuses."""
        kept = self._prompt
        if kept is not None and kept.messages is messages and kept.tools is tools:
            return kept
        try:
            text = self._tokenizer.apply_chat_template(
                self.template_messages(messages),
                tools=inert_tools([tool.as_openai() for tool in tools], self._marks) or None,
                add_generation_prompt=True,
                tokenize=False,
                **self._arguments,
            )
        # A template may raise anything: it is a program that came with the model.
        except Exception as error:
            log.exception("The chat template failed")
            raise MinimError(
                "bad_request",
                f"The model’s chat template refuses this conversation: {error}",
                "Leave the system prompt empty, or turn tools off.",
            ) from error
        tokens = self._tokenizer.encode(text, add_special_tokens=False)
        self._prompt = Prompt(messages, tools, text, tokens)
        return self._prompt

    def text_of(self, tokens: list[int]) -> str:
        """These tokens as text, special ones included."""
        return self._tokenizer.decode(tokens, skip_special_tokens=False)

    def template_messages(self, messages: tuple[Message, ...]) -> list[dict[str, Any]]:
        """The messages as the template takes them."""
        return with_inert_results(template_messages(messages, self._style), self._marks)

    def reader_settings(
        self, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...], options: GenerationOptions | None = None
    ) -> dict[str, Any]:
        """Keyword arguments for `dialects.open_reader`."""
        if options is not None:
            self.think_as(options)
        settings = {
            "name": self.dialect,
            "tools": [tool.as_openai() for tool in tools],
            "starts_in_reasoning": ends_in_reasoning(self.render(messages, tools).text, self.dialect),
        }
        if self._response_template is not None:
            settings["response_template"] = self._response_template
        return settings

    def plan(self, prompt: list[int], options: GenerationOptions) -> Writing:
        """What to read and how to write. Raises MinimError: "context_full", "bad_request"."""
        room = self.context_length - len(prompt)
        if room < 1:
            raise MinimError(
                "context_full",
                f"The conversation has {len(prompt):,} tokens; the model’s context length is {self.context_length:,}.",
                "Start a new conversation, or shorten this one.",
            )
        if not prompt:
            raise MinimError("bad_request", "The prompt is empty.", "Write something first.")
        if options.max_tokens is not None and options.max_tokens < 1:
            raise MinimError("bad_request", f"max_tokens is {options.max_tokens}.", "Choose at least 1.")
        is_m2 = self.dialect == M2_DIALECT
        stops = options.stop
        if is_m2 and not options.ignore_end:
            stops = (*stops, M2_END)
        return Writing(
            prompt=prompt,
            room=room if options.max_tokens is None else min(room, options.max_tokens),
            sampling=choose_sampling(options, self._generation_config, M2_SAMPLING if is_m2 else {}),
            vocabulary=int(self._config.get("vocab_size") or len(self._tokenizer)),
            end_tokens=frozenset() if options.ignore_end else self.end_tokens,
            stops=stops,
            seed=options.seed,
        )


def _numbers(*declared: object) -> frozenset[int]:
    """Token ids out of what configs declare: one, several, or nothing."""
    several = [entry for one in declared for entry in (one if isinstance(one, list) else [one])]
    return frozenset(number for number in several if type(number) is int)
