"""What a server sends unasked: dropped where nobody hears it, and held back where answers pile up."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCMessage, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from backends.tools.server_inflow import Flow, Inflow, Outflow


def run(work: Coroutine[Any, Any, None]) -> None:
    async def main() -> None:
        with anyio.fail_after(30):
            await work

    anyio.run(main)


def test_hears_answers_and_changed_tools_and_nothing_else() -> None:
    answer = JSONRPCResponse(jsonrpc="2.0", id=1, result={})
    changed = JSONRPCNotification(jsonrpc="2.0", method="notifications/tools/list_changed")
    noise = [JSONRPCNotification(jsonrpc="2.0", method=f"notifications/{name}") for name in ("message", "progress")]

    async def work() -> None:
        send, receive = anyio.create_memory_object_stream[SessionMessage | Exception](10)
        closed: list[bool] = []
        inflow = Inflow(receive, Flow(), lambda: closed.append(True))
        messages: list[JSONRPCMessage] = [*noise, changed, *noise, answer]
        for message in messages:
            send.send_nowait(SessionMessage(message))
        send.send_nowait(ValueError("what could not be read"))
        send.close()
        heard = [item.message async for item in inflow if isinstance(item, SessionMessage)]
        assert heard == [changed, answer]
        assert closed == [True]
        await inflow.aclose()

    run(work())


def test_takes_no_more_requests_than_it_could_answer() -> None:
    async def work() -> None:
        send, receive = anyio.create_memory_object_stream[SessionMessage | Exception](100)
        answers, sent = anyio.create_memory_object_stream[SessionMessage](100)
        flow = Flow()
        inflow, outflow = Inflow(receive, flow, lambda: None), Outflow(answers, flow)
        for number in range(100):
            send.send_nowait(SessionMessage(JSONRPCRequest(jsonrpc="2.0", id=number, method="roots/list")))
        taken: list[object] = []

        async def take() -> None:
            async for item in inflow:
                taken.append(item)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(take)
            await anyio.wait_all_tasks_blocked()
            assert len(taken) == 32
            for number in range(3):
                await outflow.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=number, result={})))
            await anyio.wait_all_tasks_blocked()
            assert len(taken) == 35
            tasks.cancel_scope.cancel()
        for stream in (send, receive, answers, sent):
            stream.close()

    run(work())
