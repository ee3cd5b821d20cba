"""What of a log may be shown to others: lines of shapes that hold nothing of a person's, and of those the safe part.

A log may hold anything: errors quote what a model wrote, a file's name, a server's words. So nothing is shown that is
not known to be harmless: when something was logged, by which module, of Minim's own messages the part that is always
the same, where in the code an error happened, and its kind.
"""

from __future__ import annotations

import builtins
import os
import re
import sys
from collections.abc import Iterable, Iterator

LEFT_OUT = "…"

_PACKAGES = frozenset(
    (
        "accelerate", "anyio", "awq", "backends", "certifi", "desktop", "filelock", "h11", "httpcore2", "httpx2",
        "huggingface_hub", "jinja2", "keyring", "markdown_it", "mcp", "mlx", "mlx_lm", "modelscope_hub", "msgspec",
        "numpy", "packaging", "platformdirs", "psutil", "pydantic", "pygments", "requests", "resources", "safetensors",
        "sentencepiece", "shiboken6", "starlette", "tokenizers", "tomli_w", "torch", "transformers", "triton",
        "urllib3", "wakepy", "jeepney", "PySide6", "PyInstaller",
    )
)  # fmt: skip
_LEVEL = "DEBUG|INFO|WARNING|ERROR|CRITICAL"
_RECORD = re.compile(rf"(\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{{3}})?) ({_LEVEL}) ([\w.]{{1,80}}): (.*)")
_BARE_RECORD = re.compile(rf"({_LEVEL}):([\w.]{{1,80}}):(.*)")
_FRAME = re.compile(r'\s*File "([^"]{1,500})", line (\d{1,7}),? in ([\w.<>]{1,100})')
_ERROR = re.compile(r"(?:\s*[|+] )?([A-Za-z_][\w.]{0,120})(?:: (.*))?")
_ERRNO = re.compile(r"\[Errno (\d{1,4})\]")
_ERROR_NAME = re.compile(r"[A-Z]\w*(Error|Exception|Exit|Interrupt|Warning|Group|Stopped|Timeout|Closed)")
_WHOLE = re.compile(
    r"""Traceback\ \(most\ recent\ call\ (?:last|first)\):
    | During\ handling\ of\ the\ above\ exception,\ another\ exception\ occurred:
    | The\ above\ exception\ was\ the\ direct\ cause\ of\ the\ following\ exception:
    | (?:Current\ thread|Thread)\ 0x[0-9a-f]{1,16}\ \(most\ recent\ call\ first\):
    | Fatal\ Python\ error:\ (?:Segmentation\ fault|Aborted|Bus\ error|Illegal\ instruction|Floating-point\ exception)
    | Killed""",
    re.VERBOSE,
)
_BEGINNING = re.compile(
    r"""libc\+\+abi:\ terminating\ due\ to\ uncaught\ exception\ of\ type\ [\w:]{1,80}
    | terminate\ called\ after\ throwing\ an\ instance\ of\ '[\w:]{1,80}'
    | \[METAL\]\ Command\ buffer\ execution\ failed:\ [A-Z][A-Za-z ]{1,60}\ \([0-9]{8}:kIOGPU\w{1,80}\)
    | qt\.[a-z.]{1,60}:
    | (?:CUDA\ out\ of\ memory|torch\.(?:cuda\.)?OutOfMemoryError)""",
    re.VERBOSE,
)
_OWN_WORDS = re.compile(
    r"""Request\ \d+:\ its\ last\ event\ could\ not\ be\ sent | Request\ \d+\ failed(?:\ unexpectedly)?
    | The\ (?:engine|downloads|tools)\ worker\ ends:\ (?:its\ stdin\ broke|it\ was\ sent)
    | Nobody\ listens\ any\ more | Spare\ work\ failed | What\ changed\ about\ tools\ could\ not\ be\ told
    | What\ starts\ the\ (?:engine|downloads|tools)\ worker\ is\ not\ known
    | An\ event\ of\ the\ (?:engine|downloads|tools)\ worker\ was\ not\ taken
    | The\ log\b | Download\b | (?:pip|venv|ensurepip)\ failed\ with\ -?\d+
    | The\ (?:MLX|Transformers)\ engine\ (?:does\ not\ run|is\ installed\ without)
    | A\ server's\ work\ ended\ in\ an\ error\ that\ has\ no\ words | Secrets\ stay\ in\ the\ file
    | The\ settings\ of\ conversation\b | What\ was\ left\ of\ an\ installation""",
    re.VERBOSE,
)


def safe_lines(lines: Iterable[str]) -> Iterator[str]:
    """Of each line what may be shown; for lines of which nothing may, how many they are."""
    hidden = 0
    for line in lines:
        shown = safe_line(line)
        if not shown:
            hidden += bool(line.strip())
            continue
        if hidden:
            yield _hidden_words(hidden)
        hidden = 0
        yield shown
    if hidden:
        yield _hidden_words(hidden)


def safe_line(line: str) -> str:
    """What may be shown of one line of a log, "" for nothing."""
    line = line.rstrip()[:2000]
    stripped = line.strip()
    if _WHOLE.fullmatch(stripped):
        return stripped
    if record := _RECORD.fullmatch(line):
        return f"{record[1]} {record[2]} {_logger(record[3])}: {_own_words(record[4])}"
    if record := _BARE_RECORD.fullmatch(line):
        return f"{record[1]} {_logger(record[2])}: {_own_words(record[3])}"
    if frame := _FRAME.fullmatch(line):
        return _frame_words(frame[1], frame[2], frame[3])
    if beginning := _BEGINNING.match(stripped):
        return f"{beginning[0]} {LEFT_OUT}" if beginning.end() < len(stripped) else beginning[0]
    error = _ERROR.fullmatch(line)
    return _error_words(error[1], error[2] or "") if error else ""


def _hidden_words(count: int) -> str:
    return f"({count} line{'s' if count > 1 else ''} left out)"


def _logger(name: str) -> str:
    return name if name.split(".")[0] in _PACKAGES or name in ("root", "asyncio") else LEFT_OUT


def _own_words(message: str) -> str:
    found = _OWN_WORDS.match(message)
    if found is None:
        return LEFT_OUT
    return found[0] if found.end() == len(message) else f"{found[0]} {LEFT_OUT}"


def _frame_words(path: str, line: str, function: str) -> str:
    """The module where it happened, without the folders before it; of modules that are not known, nothing."""
    parts = path.replace("\\", "/").split("/")
    for place in range(len(parts) - 1, -1, -1):
        if parts[place] in _PACKAGES and place + 1 < len(parts):
            return _module_words(parts[place:], line, function)
    folder = parts[-2] if len(parts) > 1 else ""
    if folder in sys.stdlib_module_names:
        return _module_words(parts[-2:], line, function)
    # In a bundle a module of Python itself has no folder.
    is_pythons = not folder or re.fullmatch(r"python3\.\d+", folder)
    if is_pythons and parts[-1].removesuffix(".py") in sys.stdlib_module_names:
        return _module_words(parts[-1:], line, function)
    return ""


def _module_words(parts: list[str], line: str, function: str) -> str:
    if not parts[-1].endswith((".py", ".pyc")) or not all(re.fullmatch(r"[\w.]{1,60}", part) for part in parts):
        return ""
    return f"  {'/'.join(parts)}, line {line}, in {function}"


def _error_words(name: str, text: str) -> str:
    """The kind of an error; of its text only the number of a system's error, with the system's words for it."""
    root, _, last = name.rpartition(".")
    known = isinstance(getattr(builtins, name, None), type) if not root else root.split(".")[0] in _known_roots()
    if not known or not _ERROR_NAME.fullmatch(last):
        return ""
    number = _ERRNO.match(text)
    if number:
        return f"{name}: [Errno {number[1]}] {os.strerror(int(number[1]))} {LEFT_OUT}"
    return f"{name}: {LEFT_OUT}" if text else name


def _known_roots() -> frozenset[str]:
    return _PACKAGES | sys.stdlib_module_names
