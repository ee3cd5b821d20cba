"""A tool loop as MiniMax-M2 reads it: Pocket M2's prompts, token by token, equal to what is written here by hand.

The texts follow the layout that MiniMax-M2's prompts have, word by word; the ids are those of Pocket M2's vocabulary,
written down beside them. Neither comes out of the chat template. What the model says goes through its reader and a
session, as it does in the app, and what the session then asks of the engine is rendered as the engine does it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from backends.contract.events import ToolFinished, ToolsListed
from backends.contract.tools import ConsentAnswer, ToolInfo
from backends.conversation.permissions import Policy
from backends.dialects import open_reader
from backends.engines.mlx_loading import open_tokenizer
from backends.engines.prompting import Prompt, Prompting, template_source
from backends.storage.library import POCKET_FOLDER
from tests.conversation.conftest import Bench

TOOLS = (
    ToolInfo(
        "calculator",
        "Evaluate an arithmetic expression.",
        {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]},
    ),
    ToolInfo("clock", "Tell the current time.", {"type": "object", "properties": {"timezone": {"type": "string"}}}),
)


class Piece(Struct, frozen=True):
    """A stretch of a prompt: the texts of its tokens with "|" between them, and their ids."""

    tokens: str
    numbers: str

    @property
    def texts(self) -> list[str]:
        return self.tokens.split("|")

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def ids(self) -> list[int]:
        return [int(number) for number in self.numbers.split()]


# -- what always stands first ---------------------------------------------------------------------------------------

SYSTEM = Piece(
    "]~!b[|]~b]|system|\n|B|e| bri|e|f|.|\n|\n|#| Tools|\n|You| may| call| these| tools|:|\n|<|tools|>|\n",
    "1529 1530 357 198 33 68 1008 68 69 13 198 198 2 779 198 361 730 634 778 425 25 198 27 648 29 198",
)
CALCULATOR_TOOL = Piece(
    '<|tool|>{"|name|":| "|calculator|",| "|description|":| "|Evaluate| an| arithmetic| expression|'
    '.",| "|parameters|":| {"|type|":| "|object|",| "|properties|":| {"|expression|":| {"|type|":|'
    ' "|string|"}},| "|required|":| ["|expression|"]}}</|tool|>|\n',
    "27 328 542 496 264 261 430 292 261 382 264 261 926 289 934 929 560 261 548 264 315 362 264 "
    "261 549 292 261 552 264 315 647 264 315 362 264 261 484 1004 261 553 264 608 647 607 328 29 "
    "198",
)
CLOCK_TOOL = Piece(
    '<|tool|>{"|name|":| "|clock|",| "|description|":| "|Tell| the| current| time|.",| "|'
    'parameters|":| {"|type|":| "|object|",| "|properties|":| {"|timezone|":| {"|type|":| "|string|'
    '"|}}|}}|</|tool|>|\n',
    "27 328 542 496 264 261 520 292 261 382 264 261 815 279 893 504 560 261 548 264 315 362 264 "
    "261 549 292 261 552 264 315 820 264 315 362 264 261 484 1 422 422 325 328 29 198",
)
EXAMPLE = Piece(
    '</|tools|>|\n|\n|A| call| looks| like| this|:|\n|<minimax:tool_call>|\n|<|invoke| name|="|'
    'tool|">|\n|<|parameter| name|="|key|">|value|</|parameter|>|\n|</|invoke|>|\n|'
    "</minimax:tool_call>|[e~[|\n",
    "325 648 29 198 198 32 634 769 704 439 25 198 1534 198 27 469 426 447 328 446 198 27 352 426 "
    "447 758 446 568 325 352 29 198 325 469 29 198 1535 1531 198",
)
ASKED = Piece(
    "]~b]|user|\n|What| is| |1|2| *| |3|,| and| what| time| is| it| here|?|[e~[|\n",
    "1530 277 198 622 397 220 16 17 483 220 18 11 302 899 504 397 585 453 30 1531 198",
)
AI = Piece(
    "]~b]|ai|\n",
    "1530 280 198",
)
AI_CALLS = Piece(
    "]~b]|ai|\n\n",
    "1530 280 256",
)
THINK = Piece(
    "<think>|\n",
    "1532 198",
)
THOUGHT_1 = Piece(
    "I| need| the| calculator|.|\n|</think>|\n|\n",
    "40 973 279 979 13 198 1533 198 198",
)
SAID_1 = Piece(
    "L|et| me| look|.|\n",
    "43 499 454 740 13 198",
)
CALL_1 = Piece(
    '<minimax:tool_call>|\n|<|invoke| name|="|calculator|">|\n|<|parameter| name|="|expression|">|'
    "1|2| *| |3|</|parameter|>|\n|</|invoke|>|\n|</minimax:tool_call>",
    "1534 198 27 469 426 447 430 446 198 27 352 426 447 647 446 16 17 483 220 18 325 352 29 198 325 469 29 198 1535",
)
RESULT_1 = Piece(
    "[e~[|\n|]~b]|tool|\n|<|response|>|3|6|</|response|>|[e~[|\n",
    "1531 198 1530 328 198 27 602 29 18 21 325 602 29 1531 198",
)
THOUGHT_2 = Piece(
    "N|ow| the| time|,| in| bo|th| |z|on|es|.|\n|</think>|\n\n\n",
    "45 476 279 504 11 293 1336 618 220 89 263 473 13 198 1533 340",
)
CALLS_2 = Piece(
    '<minimax:tool_call>|\n|<|invoke| name|="|clock|">|\n|<|parameter| name|="|timezone|">|A|sia|/|'
    'T|okyo|</|parameter|>|\n|</|invoke|>|\n|<|invoke| name|="|clock|">|\n|</|invoke|>|\n|'
    "</minimax:tool_call>",
    "1534 198 27 469 426 447 520 446 198 27 352 426 447 820 446 32 850 14 51 1391 325 352 29 198 "
    "325 469 29 198 27 469 426 447 520 446 198 325 469 29 198 1535",
)
RESULTS_2 = Piece(
    "[e~[|\n|]~b]|tool|\n|<|response|>|2|0|:|1|5|</|response|>|\n|<|response|>|1|2|:|1|5|</|response|>|[e~[|\n",
    "1531 198 1530 328 198 27 602 29 17 15 25 16 20 325 602 29 198 27 602 29 16 17 25 16 20 325 602 29 1531 198",
)
THOUGHT_3 = Piece(
    "I| have| bo|th|.|\n|</think>|\n|\n",
    "40 386 1336 618 13 198 1533 198 198",
)
SAID_3 = Piece(
    "It| is| |3|6|,| and| |1|2|:|1|5| here|.",
    "1054 397 220 18 21 11 302 220 16 17 25 16 20 453 13",
)
END = Piece(
    "[e~[|\n",
    "1531 198",
)
THANKED = Piece(
    "]~b]|user|\n|Th|an|k|s|.|[e~[|\n",
    "1530 277 198 1351 282 74 82 13 1531 198",
)
RESULT_EDITED = Piece(
    "[e~[|\n|]~b]|tool|\n|<|response|>|The| per|s|on| ch|ang|ed| the| ar|g|u|me|nt|s| of| this|"
    ' call| be|f|ore| it| |ran|,| to| {"|expression|":| "|1|2| *| |4|",| "|d|i|g|it|s|":| |2|}|.|'
    " It|s| res|ul|t|:|\n|4|8|</|response|>|[e~[|\n",
    "1531 198 1530 328 198 27 602 29 423 1100 82 263 1002 1307 739 279 914 70 84 266 587 82 635 "
    "439 634 486 69 1282 585 220 1266 11 387 315 647 264 261 16 17 483 220 19 292 261 67 72 70 274 "
    "82 264 220 17 92 13 1213 82 1524 294 83 25 198 19 23 325 602 29 1531 198",
)
THOUGHT_CUT = Piece(
    "B|o|th| at| once|.|\n|</think>|\n\n\n",
    "33 78 618 737 1296 13 198 1533 340",
)
CALLS_CUT = Piece(
    '<minimax:tool_call>|\n|<|invoke| name|="|calculator|">|\n|<|parameter| name|="|expression|">|'
    '1|2| *| |3|</|parameter|>|\n|</|invoke|>|\n|<|invoke| name|="|clock|">|\n|</|invoke|>|\n|'
    "</minimax:tool_call>",
    "1534 198 27 469 426 447 430 446 198 27 352 426 447 647 446 16 17 483 220 18 325 352 29 198 "
    "325 469 29 198 27 469 426 447 520 446 198 325 469 29 198 1535",
)
RESULTS_CUT = Piece(
    "[e~[|\n|]~b]|tool|\n|<|response|>|3|6|</|response|>|\n|<|response|>|E|r|ror|:| The| tool|"
    " call| was| c|ut| off| be|f|ore| it| was| co|mple|te|,| so| it| was| not| |r|un|.| I|f| it|"
    " is| st|ill| ne|e|de|d|,| write| it| again| w|ho|le|.|</|response|>|[e~[|\n",
    "1531 198 1530 328 198 27 602 29 18 21 325 602 29 198 27 602 29 36 81 1461 25 719 306 634 617 "
    "333 1140 1441 486 69 1282 585 617 1052 651 754 11 592 585 617 630 220 81 356 13 398 69 585 "
    "397 675 912 842 68 283 67 11 1289 585 370 297 1068 336 13 325 602 29 1531 198",
)
CALL_NAMELESS = Piece(
    '<minimax:tool_call>|\n|<|invoke| name|="|un|k|n|own|">|\n|</|invoke|>|\n|</minimax:tool_call>',
    "1534 198 27 469 426 447 356 74 77 835 446 198 325 469 29 198 1535",
)
RESULT_NAMELESS = Piece(
    "[e~[|\n|]~b]|tool|\n|<|response|>|E|r|ror|:| The| tool| call| was| c|ut| off| be|f|ore| it|"
    " was| co|mple|te|,| so| it| was| not| |r|un|.| I|f| it| is| st|ill| ne|e|de|d|,| write| it|"
    " again| w|ho|le|.|</|response|>|[e~[|\n",
    "1531 198 1530 328 198 27 602 29 36 81 1461 25 719 306 634 617 333 1140 1441 486 69 1282 585 "
    "617 1052 651 754 11 592 585 617 630 220 81 356 13 398 69 585 397 675 912 842 68 283 67 11 "
    "1289 585 370 297 1068 336 13 325 602 29 1531 198",
)

BEGIN = (SYSTEM, CALCULATOR_TOOL, CLOCK_TOOL, EXAMPLE, ASKED)
PIECES = {name: value for name, value in globals().items() if isinstance(value, Piece)}


@pytest.fixture(scope="module")
def prompting() -> Prompting:
    """Pocket M2's, made as the engine makes it, without the weights."""
    config = json.loads((POCKET_FOLDER / "config.json").read_text())
    tokenizer = open_tokenizer(POCKET_FOLDER, config)
    return Prompting(tokenizer, template_source(tokenizer.chat_template), config, {}, 196_608, ())


class Loop:
    """A conversation in which Pocket M2 is played: it says what it is given to say, and its prompts are looked at."""

    def __init__(self, bench: Bench, prompting: Prompting) -> None:
        self.bench = bench
        self._prompting = prompting
        bench.tools.say_unasked(ToolsListed(TOOLS))
        bench.session.configure("Be brief.", policy=Policy(allow_all=True))

    @property
    def prompt(self) -> Prompt:
        """The newest prompt, rendered."""
        newest = self.bench.prompts[-1]
        return self._prompting.render(newest.messages, newest.tools)

    def says(self, *output: Piece | str) -> None:
        """The model writes this, then ends its message."""
        newest = self.bench.prompts[-1]
        reader = open_reader(**self._prompting.reader_settings(newest.messages, newest.tools))
        for piece in output:
            for event in reader.feed(piece if isinstance(piece, str) else piece.text):
                self.bench.engine.say(event)
        self.bench.answer(*reader.finish())

    def answers(self, *results: str) -> None:
        """The tools answer, one after the other."""
        for result in results:
            self.bench.tools.say(ToolFinished(result, False, 0.0))


@pytest.fixture
def loop(tmp_path: Path, prompting: Prompting) -> Iterator[Loop]:
    """A conversation that has begun with a question."""
    bench = Bench(tmp_path / "conversations.db")
    made = Loop(bench, prompting)
    bench.session.send("What is 12 * 3, and what time is it here?")
    yield made
    bench.session.close()
    bench.store.close()


def check_golden(prompt: Prompt, *pieces: Piece) -> None:
    """A prompt is these pieces and nothing else."""
    assert prompt.text == "".join(piece.text for piece in pieces)
    assert prompt.tokens == [number for piece in pieces for number in piece.ids]


@pytest.mark.parametrize("name", PIECES)
def test_the_golden_ids_are_the_golden_text(prompting: Prompting, name: str) -> None:
    piece = PIECES[name]
    assert prompting.text_of(piece.ids) == piece.text
    for text, number in zip(piece.texts, piece.ids, strict=True):
        assert prompting.text_of([number]) == text


ROUND_1 = (AI, THINK, THOUGHT_1, SAID_1, CALL_1, RESULT_1)
ROUND_2 = (AI, THINK, THOUGHT_2, CALLS_2, RESULTS_2)


def test_three_rounds_keep_their_reasoning_until_the_next_message_of_the_person(loop: Loop) -> None:
    check_golden(loop.prompt, *BEGIN, AI, THINK)
    loop.says(THOUGHT_1, SAID_1, CALL_1)
    loop.answers("36")
    check_golden(loop.prompt, *BEGIN, *ROUND_1, AI, THINK)
    loop.says(THOUGHT_2, CALLS_2)
    loop.answers("20:15", "12:15")
    check_golden(loop.prompt, *BEGIN, *ROUND_1, *ROUND_2, AI, THINK)
    loop.says(THOUGHT_3, SAID_3)

    loop.bench.session.send("Thanks.")
    without_reasoning = (AI, SAID_1, CALL_1, RESULT_1, AI_CALLS, CALLS_2, RESULTS_2, AI, SAID_3, END)
    check_golden(loop.prompt, *BEGIN, *without_reasoning, THANKED, AI, THINK)


def test_the_reasoning_of_a_loop_that_was_stopped_is_dropped_too(loop: Loop) -> None:
    loop.says(THOUGHT_1, SAID_1, CALL_1)
    loop.answers("36")
    loop.bench.session.stop()
    loop.bench.session.stop()
    loop.bench.session.send("Thanks.")
    check_golden(loop.prompt, *BEGIN, AI, SAID_1, CALL_1, RESULT_1, THANKED, AI, THINK)


def test_arguments_that_a_person_changed_are_told_with_the_result(loop: Loop) -> None:
    loop.bench.session.configure(policy=Policy())
    loop.says(THOUGHT_1, SAID_1, CALL_1)
    edited: dict[str, Any] = {"expression": "12 * 4", "digits": 2}
    loop.bench.session.answer_consent("call_1", ConsentAnswer(True, arguments=edited))
    loop.answers("48")
    check_golden(loop.prompt, *BEGIN, AI, THINK, THOUGHT_1, SAID_1, CALL_1, RESULT_EDITED, AI, THINK)


def test_calls_that_were_cut_off_are_told_in_their_place(loop: Loop) -> None:
    whole, begun = CALLS_CUT.text.split('<invoke name="clock">')[0], '<invoke name="clock">\n<parameter name="timez'
    loop.says(THOUGHT_CUT, whole, begun)
    loop.answers("36")
    cut = (AI, THINK, THOUGHT_CUT, CALLS_CUT, RESULTS_CUT)
    check_golden(loop.prompt, *BEGIN, *cut, AI, THINK)
    loop.says(THOUGHT_CUT, '<minimax:tool_call>\n<invoke name="clo')
    check_golden(loop.prompt, *BEGIN, *cut, AI, THINK, THOUGHT_CUT, CALL_NAMELESS, RESULT_NAMELESS, AI, THINK)
