"""What a person may write behind `minim`: commands, options, and their help."""

from __future__ import annotations

import argparse

from backends.terminal import launch, tool_options
from backends.terminal.chat_options import add_chat_options
from backends.terminal.chat_tools import add_tool_options
from backends.terminal.engines import ENGINES
from backends.terminal.models import BUILT_IN
from backends.terminal.words import HUB_NAMES

_CHAT_ENDS = (
    "Exit code: 0 with the answer; 1 where it failed; 2 where the command is not understood; 3 with the answer, where a"
    " tool call was refused, or the model not let go on, because there is no terminal to ask at; 130 on Ctrl+C."
)


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands. It ends the process in argparse's way: SystemExit with 0 or 2."""
    parser = argparse.ArgumentParser(prog="minim", description="Models on this machine, in the terminal.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_chat(
        commands.add_parser(
            "chat", help="ask one question, or talk line by line", epilog=_CHAT_ENDS, allow_abbrev=False
        )
    )
    _add_models(commands.add_parser("models", help="which models there are, and what fits this machine"))
    _add_download(commands.add_parser("download", help="fetch a model from a hub", allow_abbrev=False))
    _add_engines(commands.add_parser("engines", help="what runs models, and installing it", allow_abbrev=False))
    tool_options.add_options(
        commands.add_parser("tools", help="what models may call, and the servers that bring tools", allow_abbrev=False)
    )
    launch.add_options(
        commands.add_parser(
            "launch",
            help="open the window with a model: the command of its model card",
            description="Open the window with a model, fetching it if need be. Spelled as in Xinference:"
            " --model_name and -n are --model-name (-en, -s, -f and -q likewise), and further options are accepted"
            " and not used.",
            allow_abbrev=False,
        )
    )
    return parser


def _add_chat(talk: argparse.ArgumentParser) -> None:
    talk.add_argument("prompt", nargs="?", help="the question; without it, lines are read from the terminal")
    talk.add_argument(
        "--model", default=BUILT_IN, metavar=f"{BUILT_IN}|NAME|FOLDER", help="one that is here; default: %(default)s"
    )
    talk.add_argument(
        "--quantization",
        default="",
        metavar="Q",
        help="default: 4bit of the built-in one, of another the best that is here",
    )
    talk.add_argument("--json", action="store_true", help="print events as JSON Lines, and nothing else, to stdout")
    add_tool_options(talk)
    add_chat_options(talk)


def _add_models(models: argparse.ArgumentParser) -> None:
    models.add_argument("names", nargs="*", metavar="NAME", help="these models only, in all their forms")
    models.add_argument("--json", action="store_true", help="as a JSON list, one object a form and hub")
    models.add_argument("--all", action="store_true", help="forms that need another machine as well")
    models.add_argument("--hub", choices=tuple(HUB_NAMES), help="what this hub has")
    models.add_argument("--hardware", type=_file, metavar="FILE", help="judge for the machine that FILE describes")
    models.add_argument(
        "--import",
        dest="import_file",
        type=_file,
        metavar="FILE",
        help="take in the models of a file in Xinference's JSON",
    )


def _add_download(download: argparse.ArgumentParser) -> None:
    download.add_argument("name", metavar="NAME", help="as `minim models` lists it, or org/name of a hub's repository")
    download.add_argument("--format", default="", metavar="F", help="mlx, pytorch or awq")
    download.add_argument(
        "--quantization", default="", metavar="Q", help="4bit, Int4, none …; default: what is recommended here"
    )
    download.add_argument(
        "--size-in-billions", type=launch.size, default=0.0, metavar="N", help="of a model that has several sizes"
    )
    download.add_argument("--hub", choices=tuple(HUB_NAMES), help="default: the one chosen in the settings")
    download.add_argument("--endpoint", default="", metavar="URL", help="address of a mirror of the hub")
    download.add_argument("--folder", default="", metavar="DIR", help="where to put it; default: the hub's own cache")
    download.add_argument(
        "--kernel",
        action=argparse.BooleanOptionalAction,
        help="fetch the code with which GPUs multiply FP8 as well, where the form needs it; default: ask",
    )
    download.add_argument("--json", action="store_true", help="print events as JSON Lines, and nothing else, to stdout")


def _add_engines(engines: argparse.ArgumentParser) -> None:
    what = engines.add_mutually_exclusive_group()
    what.add_argument("--install", type=str.casefold, choices=ENGINES, help="fetch and install this engine")
    what.add_argument("--remove", type=str.casefold, choices=ENGINES, help="delete this engine, if Minim installed it")
    engines.add_argument("--yes", action="store_true", help="install without asking")
    engines.add_argument("--json", action="store_true", help="as a JSON list; of an installation, events as JSON Lines")


def _file(text: str) -> str:
    if not text:  # a variable of a script that was not set: not the same as leaving the option out
        raise argparse.ArgumentTypeError("names no file")
    return text
