"""The second, small front end: `minim chat`, `models`, `download`, `engines`, `tools` and `launch`, without Qt."""

from __future__ import annotations

import argparse
import errno
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from backends.contract.errors import MinimError
from backends.contract.models import LaunchChoice
from backends.terminal import launch, tool_options
from backends.terminal.arguments import make_parser
from backends.terminal.catalog import ModelsRequest, run_models
from backends.terminal.chat import FAILED, INTERRUPTED, USAGE, Chat, ChatRequest
from backends.terminal.chat_options import read_options
from backends.terminal.chat_tools import read_tool_choice
from backends.terminal.download import Fetch
from backends.terminal.download_choice import DownloadRequest
from backends.terminal.engines import ENGINES, EnginesRequest, run_engines
from backends.terminal.output import open_streams, say_failure
from backends.terminal.tools import run_tools
from backends.terminal.workers import WorkerOpener, Workers, open_worker

Result = TypeVar("Result")


def main(argv: Sequence[str], *, opener: WorkerOpener = open_worker) -> int:
    """Carry out `minim ARGV…`; → exit code: 0 fine, 1 failed, 2 not understood, 130 interrupted; of `chat`, 3 where
    nobody could be asked."""
    given = _parsed(argv)
    if isinstance(given, int):
        return given
    run = {"chat": _chat, "models": _models, "download": _download, "engines": _engines, "tools": _tools}[given.command]
    return _with_workers(opener, lambda workers: run(workers, given))


def read_launch(argv: Sequence[str], *, opener: WorkerOpener = open_worker) -> LaunchChoice | int:
    """What `minim launch …` asks the window to open, or the exit code if there is nothing to open."""
    parser = make_parser()
    try:
        given, rest = parser.parse_known_args(launch.spelled_out(argv))
        request = launch.read_request(given, rest)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else USAGE
    except ValueError as error:
        say_failure(str(error), "`minim launch --help` says how it is written.")
        return USAGE
    return _with_workers(opener, lambda workers: launch.choose_launch(workers, request))


def _parsed(argv: Sequence[str]) -> argparse.Namespace | int:
    parser = make_parser()
    try:
        given, rest = parser.parse_known_args(argv)
        if rest and given.command == "tools" and given.add:
            way = f"minim tools --add {shlex.quote(given.add)} -- COMMAND ARGS"
            say_failure(f"What starts {given.add} is written behind --.", way)
            return USAGE
        if rest:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        return given
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else USAGE


def _with_workers(opener: WorkerOpener, run: Callable[[Workers], Result]) -> Result | int:
    open_streams()
    try:
        with Workers(opener) as workers:
            result = run(workers)
        sys.stdout.flush()
        return result
    except MinimError as error:
        say_failure(error.message, error.hint)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # who read our output has had enough
        _drop_output()
        return FAILED
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF):
            raise
        _drop_output()
        say_failure(f"The output cannot be written: {error.strerror}.", "Send it somewhere else.")
        return FAILED


def _drop_output() -> None:
    """What is buffered must not be tried again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _chat(workers: Workers, given: argparse.Namespace) -> int:
    prompt = given.prompt or ""
    if not prompt and not sys.stdin.isatty():
        prompt = sys.stdin.read().strip()
        if not prompt:
            say_failure("There is no question.", "Write it behind the command, in quotation marks.")
            return USAGE
    try:
        tools = read_tool_choice(given)
    except ValueError as error:
        say_failure(str(error), "Leave out the one or the other.")
        return USAGE
    request = ChatRequest(
        given.model,
        given.quantization,
        prompt,
        given.system,
        given.json,
        tools,
        read_options(given),
    )
    return Chat(workers, request).run()


def _models(workers: Workers, given: argparse.Namespace) -> int:
    request = ModelsRequest(
        tuple(given.names), given.json, given.all, given.hardware or "", given.import_file or "", given.hub
    )
    return run_models(workers, request)


def _download(workers: Workers, given: argparse.Namespace) -> int:
    request = DownloadRequest(
        given.name,
        given.format,
        given.quantization,
        given.size_in_billions,
        given.hub,
        given.endpoint,
        given.folder,
        given.json,
        given.kernel,
    )
    return Fetch(workers, request).run()


def _tools(workers: Workers, given: argparse.Namespace) -> int:
    try:
        request = tool_options.read_request(given)
    except ValueError as error:
        say_failure(str(error), "`minim tools --help` says how it is written.")
        return USAGE
    return run_tools(workers, request)


def _engines(workers: Workers, given: argparse.Namespace) -> int:
    request = EnginesRequest(ENGINES.get(given.install), ENGINES.get(given.remove), given.yes, given.json)
    return run_engines(workers, request)
