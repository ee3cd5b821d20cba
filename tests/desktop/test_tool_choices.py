"""What a person chose about tools, step by step: nothing that was taken back or that is gone comes back by itself."""

from __future__ import annotations

from pathlib import Path

from backends.contract.tools import AllowedTool, ToolServer, ToolServerState, ToolSettings
from desktop.models.tool_choices import (
    pruned,
    renamed,
    touches,
    with_allowed,
    with_approved,
    with_folder,
    with_server,
    with_tool,
    without_allowed,
    without_folder,
)

A, B = ToolServer("a", "run-a"), ToolServer("b/c", "run-b")


def test_a_tool_is_allowed_once_and_as_it_is_now() -> None:
    old, new, other = AllowedTool("a/x", "1"), AllowedTool("a/x", "2"), AllowedTool("a/y", "3")
    assert with_allowed((old, other), new) == (other, new)
    assert without_allowed((other, new), ["2"]) == (other,)


def test_an_approved_server_is_on() -> None:
    settings = with_approved(ToolSettings(servers_off=("a", "b/c")), A.digest, "a")
    assert (settings.approved_servers, settings.servers_off) == ((A.digest,), ("b/c",))
    assert with_approved(settings, A.digest, "a") == settings


def test_switches_go_back_and_forth() -> None:
    off = with_tool(with_server(ToolSettings(), "a", on=False), "a/x", on=False)
    assert (off.servers_off, off.tools_off) == (("a",), ("a/x",))
    assert with_tool(with_server(off, "a", on=True), "a/x", on=True) == ToolSettings()


def test_what_is_gone_is_not_approved_any_more() -> None:
    settings = ToolSettings(
        approved_servers=(A.digest, B.digest, "old"),
        servers_off=("a", "gone"),
        tools_off=("calculator", "a/x", "b/c/x", "gone/x"),
    )
    states = tuple(ToolServerState(server, server.digest, "off") for server in (A, B))
    left = pruned(settings, states)
    assert left.approved_servers == (A.digest, B.digest)
    assert left.servers_off == ("a",)
    assert left.tools_off == ("calculator", "a/x", "b/c/x")


def test_what_is_off_stays_off_under_another_name() -> None:
    settings = ToolSettings(servers_off=("a",), tools_off=("a/x", "ab/x"))
    assert renamed(settings, "a", "z") == ToolSettings(servers_off=("z",), tools_off=("z/x", "ab/x"))
    assert renamed(settings, "", "z") == settings


def test_folders_are_granted_with_all_that_is_in_them(tmp_path: Path) -> None:
    outer, inner = str(tmp_path / "notes"), str(tmp_path / "notes" / "2026")
    settings = with_folder(ToolSettings(), inner)
    assert with_folder(settings, outer).folders == (outer,)
    assert with_folder(with_folder(settings, outer), inner).folders == (outer,)
    assert without_folder(settings, inner) == ToolSettings()


def test_own_data_is_found_wherever_links_lead(tmp_path: Path) -> None:
    own = tmp_path / "Minim" / "data"
    own.mkdir(parents=True)
    link = tmp_path / "elsewhere"
    link.symlink_to(own.parent)
    touching = [own, own / "deeper", own.parent, tmp_path, link, Path("/")]
    assert all(touches(str(folder), own) for folder in touching)
    assert not touches(str(tmp_path / "notes"), own)
    assert not touches(str(tmp_path / "Minim" / "data2"), own)
