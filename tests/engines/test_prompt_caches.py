"""Which cache a prompt goes on from, when a branch is copied, what is dropped – with caches that are only counted."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.engines.prompt_caches import SMALL_COPY, WORTH_KEEPING, PromptCaches, common_prefix

MANY = 2**60


class Counted:
    """A cache that holds tokens and nothing else. `sliding`: it cannot be cut once it has more than so many."""

    def __init__(self, token_bytes: int = 1, sliding: int | None = None) -> None:
        self.tokens: list[int] = []
        self.read_tokens = 0
        self.is_checkpoint = False
        self.owner = ""
        self.token_bytes = token_bytes
        self.sliding = sliding

    @property
    def nbytes(self) -> int:
        return self.token_bytes * len(self.tokens)

    @property
    def always_cuttable(self) -> bool:
        return self.sliding is None

    @property
    def can_be_cut(self) -> bool:
        return self.sliding is None or len(self.tokens) <= self.sliding

    def cut(self, length: int) -> bool:
        assert self.can_be_cut or length == len(self.tokens)
        self.tokens = self.tokens[:length]
        self.read_tokens = min(self.read_tokens, length)
        return True

    def branch(self, length: int) -> Counted:
        twin = Counted(self.token_bytes, self.sliding)
        twin.read(self.tokens[:length])
        return twin

    def read(self, tokens: Sequence[int]) -> None:
        self.tokens = [*self.tokens, *tokens]
        self.read_tokens = len(self.tokens)

    def clear(self) -> None:
        self.tokens = []
        self.read_tokens = 0


def caches(budget: int = MANY, token_bytes: int = 1, sliding: int | None = None) -> PromptCaches[Counted]:
    return PromptCaches(lambda: Counted(token_bytes, sliding), budget)


def read(kept: PromptCaches[Counted], prompt: Sequence[int], written: Sequence[int] = ()) -> int:
    """Read a prompt as an engine does; → how much of it was there."""
    reused = kept.reuse(prompt)
    rest = prompt[reused:-1]
    middle = len(rest) // 2
    kept.read(rest[:middle])
    kept.read(rest[middle:])
    assert kept.current.tokens == list(prompt[:-1])
    kept.current.tokens = [*kept.current.tokens, prompt[-1], *written]
    return reused


def numbers(first: int, count: int) -> list[int]:
    return list(range(first, first + count))


SYSTEM = numbers(0, 100)
ONE, OTHER, THIRD = numbers(1000, 500), numbers(2000, 500), numbers(3000, 500)


def test_two_conversations_are_kept_side_by_side() -> None:
    kept = caches()
    assert read(kept, SYSTEM + ONE) == 0
    assert read(kept, SYSTEM + OTHER) == 100, "the system prompt is shared, and copied"
    assert read(kept, SYSTEM + ONE + [7]) == 600
    assert read(kept, SYSTEM + OTHER + [8]) == 600
    assert len([cache for cache in kept if cache.tokens]) == 2


def test_what_was_read_counts_and_at_least_one_token_is_left_to_be_read() -> None:
    kept = caches()
    read(kept, ONE, written=[1, 2, 3])
    assert read(kept, ONE) == 499
    assert read(kept, [*ONE, 9]) == 500


def test_what_only_the_model_wrote_is_cut_off_and_not_copied() -> None:
    kept = caches()
    read(kept, SYSTEM + ONE, written=numbers(5000, 300))
    assert read(kept, [*SYSTEM, *ONE, *OTHER]) == 600
    assert len(kept) == 1


def test_a_short_rest_is_cut_off_and_not_copied() -> None:
    kept = caches()
    read(kept, SYSTEM + ONE)
    assert read(kept, SYSTEM + ONE[: 500 - WORTH_KEEPING + 1] + OTHER) == 600 - WORTH_KEEPING + 1
    assert len(kept) == 1


def test_a_large_copy_is_not_made_for_a_smaller_rest() -> None:
    token_bytes = SMALL_COPY // 200
    kept = caches(token_bytes=token_bytes)
    read(kept, ONE)
    assert read(kept, ONE[:400] + OTHER) == 400
    assert len(kept) == 1, "400 tokens would be copied so that 100 need not be read again"
    kept = caches(token_bytes=token_bytes)
    read(kept, SYSTEM + ONE)
    assert read(kept, SYSTEM + ONE[:200] + OTHER) == 300
    assert len(kept) == 1, "as many tokens cut off as copied: but only the smaller half may be copied"
    kept = caches(token_bytes=token_bytes)
    read(kept, SYSTEM + ONE)
    assert read(kept, SYSTEM + ONE[:190] + OTHER) == 290
    assert len(kept) == 2


def test_no_copy_where_both_branches_do_not_fit() -> None:
    kept = caches(budget=1200)
    read(kept, SYSTEM + ONE)
    before = kept.current
    assert read(kept, [*SYSTEM, *OTHER, 1]) == 100
    assert kept.current is before


def test_what_was_not_used_for_longest_goes_first() -> None:
    kept = caches(budget=1600)
    read(kept, ONE)
    read(kept, OTHER)
    read(kept, THIRD)
    assert kept.nbytes == 1500
    assert read(kept, [*ONE, 1]) == 500
    read(kept, numbers(4000, 500))
    assert kept.nbytes <= 1600
    assert read(kept, [*ONE, 2]) == 500
    assert read(kept, [*OTHER, 1]) == 0


def test_one_cache_is_kept_however_large() -> None:
    kept = caches(budget=10)
    read(kept, ONE)
    assert read(kept, [*ONE, 1]) == 500
    assert read(kept, OTHER) == 0
    assert len(kept) == 1


def test_of_two_that_share_as_much_the_one_that_loses_less_is_taken() -> None:
    kept = caches()
    read(kept, SYSTEM + ONE)
    read(kept, SYSTEM + OTHER)
    read(kept, SYSTEM)
    assert read(kept, SYSTEM + THIRD) == 100
    assert read(kept, [*SYSTEM, *ONE, 1]) == 600
    assert read(kept, [*SYSTEM, *OTHER, 1]) == 600
    kept = caches()
    read(kept, SYSTEM + ONE)
    read(kept, SYSTEM + OTHER[:30])
    small = kept.current
    read(kept, [*ONE, 1])
    assert read(kept, SYSTEM + THIRD) == 100
    assert kept.current is small


def test_memory_that_is_short_is_given_back() -> None:
    kept = caches()
    read(kept, ONE)
    read(kept, OTHER)
    kept.drop_others()
    assert (len(kept), kept.nbytes) == (1, 500)


def test_reading_ahead_reads_the_last_token_too() -> None:
    kept = caches()
    assert kept.reuse(ONE, to_write=False) == 0
    kept.read(ONE)
    assert kept.reuse(ONE, to_write=False) == 500
    assert read(kept, [*ONE, 1]) == 500


def test_a_sliding_cache_goes_on_from_a_checkpoint_or_from_the_start() -> None:
    kept = caches(sliding=10)
    kept.checkpoint_at = 100
    read(kept, SYSTEM + ONE, written=[1, 2, 3])
    assert read(kept, [*SYSTEM, *ONE, 1, 2, 3, 4]) == 603, "it goes on from the whole"
    assert read(kept, SYSTEM + OTHER) == 100
    assert read(kept, SYSTEM + THIRD) == 100, "the checkpoint is still there"
    kept.checkpoint_at = 0
    assert read(kept, SYSTEM[:50] + THIRD) == 0


def test_a_checkpoint_that_would_be_large_is_not_taken() -> None:
    kept = caches(token_bytes=SMALL_COPY, sliding=10)
    kept.checkpoint_at = 100
    read(kept, SYSTEM + ONE)
    assert len(kept) == 1


def test_the_log_says_where_the_prompt_parts_and_nothing_of_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    kept = caches()
    kept.role_at = lambda place: f"user at {place}"
    with caplog.at_level(logging.INFO):
        read(kept, ONE)
        read(kept, [*ONE, 1])
        assert caplog.text == ""
        read(kept, [*ONE[:300], 2])
    [line] = [record.getMessage() for record in caplog.records]
    assert "(301 tokens) parts from the cache (501 tokens) at token 300, in a message of the role user at 300" in line


class Elsewhere:
    """A shelf with one cache."""

    def __init__(self, tokens: list[int], *, damaged: bool = False) -> None:
        self.tokens = tokens
        self.damaged = damaged

    def longest(self, prompt: Sequence[int]) -> int:
        return common_prefix(self.tokens, prompt)

    def fetch(self, prompt: Sequence[int]) -> Counted | None:
        if self.damaged:
            return None
        cache = Counted()
        cache.read(prompt[: self.longest(prompt)])
        return cache


def test_the_disk_is_asked_where_it_holds_more() -> None:
    kept = PromptCaches(Counted, MANY, Elsewhere(SYSTEM + ONE))
    assert read(kept, SYSTEM + ONE + OTHER) == 600
    assert read(kept, [*SYSTEM, *ONE, *OTHER, 1]) == 1100
    kept = PromptCaches(Counted, MANY, Elsewhere(SYSTEM + ONE))
    read(kept, SYSTEM + ONE[: 501 - WORTH_KEEPING])
    assert read(kept, SYSTEM + ONE + OTHER) == 601 - WORTH_KEEPING, "for so little no file is read"
    kept = PromptCaches(Counted, MANY, Elsewhere(SYSTEM + ONE, damaged=True))
    assert read(kept, SYSTEM + ONE + OTHER) == 0


@given(st.lists(st.integers(0, 1), max_size=40), st.lists(st.integers(0, 1), max_size=40), st.integers(0, 3000))
def test_common_prefix(left: list[int], right: list[int], before: int) -> None:
    shared = 0
    while shared < min(len(left), len(right)) and left[shared] == right[shared]:
        shared += 1
    prefix = numbers(0, before)
    assert common_prefix(prefix + left, prefix + right) == before + shared


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=300), min_size=1, max_size=12))
def test_whatever_comes_each_prompt_is_read_whole_and_no_more_than_the_rule_says(prompts: list[list[int]]) -> None:
    kept = caches()
    for prompt in prompts:
        known = max(common_prefix(cache.tokens, prompt[:-1]) for cache in kept)
        assert read(kept, prompt) == known


def test_what_was_read_for_a_conversation_is_forgotten_with_it() -> None:
    kept = caches()
    kept.owner = "a"
    read(kept, SYSTEM + ONE)
    kept.owner = "b"
    read(kept, SYSTEM + OTHER)
    kept.owner = ""
    read(kept, THIRD)
    kept.forget({"b"})
    assert [cache.owner for cache in kept if cache.tokens] == ["a"], "nobody's might have been theirs"
    kept.owner = "b"
    assert read(kept, SYSTEM + OTHER) == 100
    assert read(kept, SYSTEM + ONE + THIRD) == 600, "what is gone on from changes hands"
    kept.forget({"b"})
    assert [list(cache.tokens) for cache in kept] == [[]]
    assert read(kept, SYSTEM + ONE) == 0
