"""Whatever servers say of their tools, the list of them can be sent, and both sides see the same digests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backends.contract.events import UNASKED, Envelope, ToolsListed
from backends.contract.tools import OfferedTool, ToolInfo, ToolServer
from backends.workers.protocol import decode_event, encode
from backends.workers.tool_offers import ServerTool, tools_of
from backends.workers.tool_server_run import ToolServerRun


class Said(ToolServerRun):
    """A server that was never started and says all this of its tools."""

    def __init__(self, name: str, *infos: ToolInfo) -> None:
        super().__init__(ToolServer(name, "x"), Path("x.log"), lambda: None, None)
        self.said = tuple(OfferedTool(info) for info in infos)

    @property
    def tools(self) -> tuple[OfferedTool, ...]:
        return self.said


def _info(name: str, description: str = "", **properties: Any) -> ToolInfo:
    return ToolInfo(name, description, {"type": "object", "properties": properties}, "s", own_name=name)


def _sent(tools: list[ServerTool]) -> tuple[ToolInfo, ...]:
    event = decode_event(encode(Envelope(UNASKED, ToolsListed(tuple(tool.offered.info for tool in tools))))).body
    assert isinstance(event, ToolsListed)
    return event.tools


def _nested() -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(100_000):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("info", "is_offered"),
    [
        (_info("plain", "ü\n", a={"default": 1.0, "maximum": 10**30}), True),
        (_info("half", "half \ud800"), False),
        (_info("key", a={"\ud800": 1}), False),
        (_info("n\ud800"), False),
        (_info("deep", a=_nested()), False),
        (_info("long", "x" * 200_000), False),
    ],
    ids=lambda value: value.name.encode("ascii", "replace").decode() if isinstance(value, ToolInfo) else "",
)
def test_what_is_said_of_a_tool(info: ToolInfo, is_offered: bool) -> None:
    tools = tools_of([Said("s", info, _info("good"))], ())
    assert [not tool.offered.problem for tool in tools] == [is_offered, True]
    assert [each.digest for each in _sent(tools)] == [tool.offered.info.digest for tool in tools]
    assert tools[0].own_name == info.own_name


def test_many_large_tools_fit_into_a_line() -> None:
    servers = [Said(f"s{n}", *(_info(f"t{m}", "é" * 40_000) for m in range(60))) for n in range(4)]
    tools = tools_of(servers, ())
    assert len(_sent(tools)) == 240
    assert 20 < sum(not tool.offered.problem for tool in tools) < 60


def test_names_stay_while_a_server_is_started_again() -> None:
    one, two = Said("one", _info("find")), Said("two", _info("find"))
    assert [tool.offered.info.name for tool in tools_of([one, two], ())] == ["find", "two_find"]
    one.said = ()
    assert [tool.offered.info.name for tool in tools_of([one, two], ())] == ["two_find"]


def test_a_name_that_is_listed_twice_is_one_tool() -> None:
    [tool] = tools_of([Said("s", _info("a", "first"), _info("a", "second"))], ())
    assert tool.offered.info.description == "first"
