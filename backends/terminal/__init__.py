"""The second, small front end: `minim chat` and `minim models`, without Qt, and the proof that it can be done."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from backends.contract.errors import MinimError
from backends.terminal.chat import FAILED, INTERRUPTED, USAGE, Chat, ChatRequest
from backends.terminal.models import BUILT_IN, print_models
from backends.terminal.output import say_failure
from backends.terminal.workers import WorkerOpener, Workers, open_worker


def main(argv: Sequence[str], *, opener: WorkerOpener = open_worker) -> int:
    """Carry out `minim ARGV…`; → exit code: 0 fine, 1 failed, 2 not understood, 130 interrupted."""
    parser = _parser()
    try:
        given = parser.parse_args(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else USAGE
    try:
        with Workers(opener) as workers:
            if given.command == "models":
                return print_models(workers, as_json=given.json)
            request = _request(given)
            if request is None:
                say_failure("There is no question.", "Write it behind the command, in quotation marks.")
                return USAGE
            return Chat(workers, request).run()
    except MinimError as error:
        say_failure(error.message, error.hint)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Who read our output has had enough. What is buffered must not be tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _request(given: argparse.Namespace) -> ChatRequest | None:
    prompt = given.prompt or ""
    if not prompt and not sys.stdin.isatty():
        prompt = sys.stdin.read().strip()
        if not prompt:
            return None
    return ChatRequest(
        given.model, given.quantization, prompt, given.system, given.json, given.allow_tools, given.max_tokens
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="minim", description="Talk to a model on this machine, in the terminal.")
    commands = parser.add_subparsers(dest="command", required=True)

    talk = commands.add_parser("chat", help="ask one question, or talk line by line")
    talk.add_argument("prompt", nargs="?", help="the question; without it, lines are read from the terminal")
    talk.add_argument("--model", default=BUILT_IN, metavar=f"{BUILT_IN}|FOLDER", help="default: %(default)s")
    talk.add_argument("--quantization", default="", metavar="Q", help="of the built-in model; default: 4bit")
    talk.add_argument("--system", default="", metavar="TEXT", help="system prompt")
    talk.add_argument("--json", action="store_true", help="print events as JSON Lines, and nothing else, to stdout")
    talk.add_argument("--allow-tools", action="store_true", help="run the model's tool calls without asking")
    talk.add_argument("--max-tokens", type=_count, metavar="N", help="end the answer after so many tokens")

    models = commands.add_parser("models", help="list the models on this machine")
    models.add_argument("--json", action="store_true", help="as a JSON list")
    return parser
