"""What every next prompt will begin with, and how it is read while nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from backends.contract.chat import AnswerPart, Message, user_message
from backends.contract.errors import MinimError
from backends.contract.events import PrefillProgress
from backends.contract.tools import ToolInfo
from backends.engines.base import Cancelled
from backends.engines.prompt_cache_key import owner_tag
from backends.engines.prompt_caches import PromptCaches, common_prefix
from backends.engines.prompt_roles import role_at
from backends.engines.prompting import Prompt, Prompting
from backends.engines.writing import Pace

_ONE, _OTHER = "A", "7"
"""Two messages that begin differently: what both prompts share, every next prompt shares with them."""


def history_tokens(prompting: Prompting, messages: tuple[Message, ...], tools: tuple[ToolInfo, ...]) -> list[int]:
    """The prompt by the model's own template, up to where a person's next message will stand.

    The template itself says what it leaves out by then: MiniMax-M2's the reasoning of the turn before.
    """
    one = prompting.render((*messages, user_message(_ONE)), tools).tokens
    other = prompting.render((*messages, user_message(_OTHER)), tools).tokens
    return one[: common_prefix(one, other)]


def prepare_caches(caches: PromptCaches[Any], prompting: Prompting, prompt: Prompt, conversation: str) -> None:
    """Tell the caches whose prompt comes, and what only the template knows of it."""

    def role(place: int) -> str:
        before = prompting.text_of(prompt.tokens[:place])
        return role_at(prompt.text, prompting.template_messages(prompt.messages), len(before))

    caches.owner = owner_tag(conversation)
    caches.role_at = role
    caches.checkpoint_at = 0
    if not caches.current.always_cuttable:
        caches.checkpoint_at = _shared_with_next_turn(prompting, prompt)


def read_ahead(
    caches: PromptCaches[Any], prompt: Sequence[int], pace: Pace, cancelled: Cancelled
) -> Iterator[PrefillProgress]:
    """Read all of `prompt`, in half the usual chunks: whoever comes next waits no longer than for one of them."""
    reused = done = caches.reuse(prompt, to_write=False)
    yield PrefillProgress(reused, done, len(prompt))
    while done < len(prompt) and not cancelled():
        chunk = prompt[done : done + max(1, pace.chunk // 2)]
        begun = time.perf_counter()
        caches.read(chunk)
        if 2 * len(chunk) >= pace.chunk:
            pace.note(len(chunk), time.perf_counter() - begun)
        done += len(chunk)
        yield PrefillProgress(reused, done, len(prompt))


def _shared_with_next_turn(prompting: Prompting, prompt: Prompt) -> int:
    """How many of the prompt's first tokens will begin the next turn's prompt as well, whatever is answered now.

    0 where the template refuses to say.
    """
    messages = prompt.messages
    asked = next((n for n in reversed(range(len(messages))) if messages[n].role == "user"), len(messages) - 1)
    answered = (*messages[: asked + 1], Message("assistant", (AnswerPart(_ONE),)))
    try:
        return common_prefix(history_tokens(prompting, answered, prompt.tools), prompt.tokens)
    except MinimError:
        return 0
