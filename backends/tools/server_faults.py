"""Words for what went wrong with a server."""

from __future__ import annotations

from collections.abc import Iterator

from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT

from backends.contract.errors import MinimError
from backends.tools.server_text import one_line


def fault_of(error: BaseException, name: str, began: bool) -> MinimError:
    """What a person reads for an error of the SDK, which comes in groups."""
    leaves = list(_leaves(error))
    for each in leaves:
        if isinstance(each, MinimError):
            return each
    for each in leaves:
        if isinstance(each, MCPError):
            return _of_protocol(each, name)
        if isinstance(each, TimeoutError):
            return MinimError("tool_failed", f"“{name}” gave no answer in time, so it was ended.")
    what = "ended" if began else "could not be started"
    return MinimError("tool_failed", f"“{name}” {what}: {one_line(str(leaves[0]), 300)}")


def _of_protocol(error: MCPError, name: str) -> MinimError:
    if error.code == CONNECTION_CLOSED:
        return MinimError("tool_failed", f"“{name}” ended.")
    if error.code == REQUEST_TIMEOUT:
        return MinimError("tool_failed", f"“{name}” gave no answer in time.")
    return MinimError("tool_failed", f"“{name}” answered with an error: {one_line(error.message, 1000)}")


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error
