"""Words for what went wrong with a server."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any, cast

import httpx2
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, PARSE_ERROR, REQUEST_TIMEOUT

from backends.contract.errors import MinimError
from backends.tools.server_answers import Refused, ServerEnded
from backends.tools.server_text import one_line

_IS_IT = "Check that the command or address is that of an MCP server, and that it is up to date."


def fault_of(error: BaseException | None, name: str, began: bool, start_seconds: float) -> MinimError:
    """What a person reads for an error of the SDK, which comes in groups; None: the connection closed."""
    leaves = [] if error is None else list(_leaves(error))
    for each in leaves:
        if isinstance(each, MinimError):
            return each
    for each in leaves:
        if isinstance(each, httpx2.TransportError):
            return _of_connection(each, name)
        if isinstance(each, MCPError):
            return _of_protocol(each, name)
        if isinstance(each, TimeoutError):
            hint = "Its log may say what it waits for. A first start can take long if it downloads something."
            message = f"“{name}” gave no answer within {start_seconds:.0f} seconds, so it was ended."
            return MinimError("tool_failed", message, hint)
    if not leaves:
        return MinimError("tool_failed", f"“{name}” closed the connection.")
    unknown = next((str(each) for each in leaves if str(each).startswith("Unsupported protocol version")), "")
    if unknown:
        version = one_line(unknown.rpartition(":")[2], 40)
        return MinimError("tool_failed", f"“{name}” speaks a version of MCP that is not known here: {version}.")
    if not began and any(isinstance(each, ValueError | RuntimeError) for each in leaves):
        return MinimError("tool_failed", f"“{name}” gave no answer that an MCP server gives.", _IS_IT)
    what = "ended" if began else "could not be started"
    return MinimError("tool_failed", f"“{name}” {what}: {one_line(str(leaves[0]), 300) or type(leaves[0]).__name__}")


def process_fault(name: str, code: int | None, began: bool, last_line: str) -> MinimError:
    """The words for a process that ended by itself; `code` as subprocess gives it, None if it only went silent."""
    if code is None:
        message = f"“{name}” closed its output, so it was ended."
    else:
        when = "ended" if began else "ended right after it was started,"
        message = f"“{name}” {when} {_exit(code)}."
    return MinimError("tool_failed", message, f"The last line of its log: “{last_line}”." if last_line else "")


def call_fault(error: MCPError | TimeoutError, name: str, seconds: float) -> Exception:
    """What comes of a call that was not answered with a result."""
    if isinstance(error, TimeoutError) or error.code == REQUEST_TIMEOUT:
        message = f"“{name}” gave no answer within {seconds:.0f} seconds, so the call was given up."
        return MinimError("tool_failed", message)
    if error.code == CONNECTION_CLOSED:
        stream = "SSE stream failed" in error.message or "SSE stream ended" in error.message
        return MinimError("tool_failed", _of_stream(error.message, name)) if stream else ServerEnded()
    if error.code == PARSE_ERROR:
        return _of_protocol(error, name)
    return Refused(error.message)


def _of_stream(said: str, name: str) -> str:
    if "byte limit" in said:
        return f"“{name}” sent a message of more than 8 MB, so the connection was ended."
    return f"“{name}” ended the connection before it answered."


def _exit(code: int) -> str:
    if code >= 0:
        return f"with exit code {code}"
    try:
        return f"by signal {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"by signal {-code}"


def _of_connection(error: httpx2.TransportError, name: str) -> MinimError:
    hint = "Check that it runs, and that the address is right."
    if isinstance(error, httpx2.TimeoutException):
        return MinimError("tool_failed", f"“{name}” gave no answer at its address.", hint)
    if isinstance(error, httpx2.ConnectError):
        said = one_line(str(error), 200).rstrip(".")
        return MinimError("tool_failed", f"“{name}” cannot be reached: {said or 'nothing listens there'}.", hint)
    return MinimError(
        "tool_failed", f"The connection to “{name}” broke: {one_line(str(error), 200).rstrip('.')}.", hint
    )


def _of_protocol(error: MCPError, name: str) -> MinimError:
    if error.code == CONNECTION_CLOSED:
        return MinimError("tool_failed", f"“{name}” closed the connection.")
    if error.code == REQUEST_TIMEOUT:
        return MinimError("tool_failed", f"“{name}” gave no answer in time.")
    if error.code == PARSE_ERROR:
        return MinimError("tool_failed", f"“{name}” sent what is no MCP message.", _IS_IT)
    if error.message.startswith("Redirect to "):
        hint = "Use that address in the server's settings, if it is the right one."
        message = f"“{name}” sends on to another address, which is not followed: {one_line(error.message, 300)}"
        return MinimError("tool_failed", message, hint)
    return MinimError("tool_failed", f"“{name}” answered with an error: {one_line(error.message, 1000)}")


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in cast("BaseExceptionGroup[Any]", error).exceptions:
            yield from _leaves(each)
    else:
        yield error
