"""The tools for files: listing, reading, searching and writing, inside the folders that a person granted only."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from backends.contract.tools import ToolInfo
from backends.tools.base import Cancelled, Tool, ToolResult, check_arguments, failed
from backends.tools.file_search import MAX_HITS, list_files, search_files
from backends.tools.file_text import read_lines
from backends.tools.file_writes import preview_write, write_file
from backends.tools.folder_stroll import MAX_DEPTH
from backends.tools.granted_folders import GrantedFolders
from backends.tools.kept_writes import clear_unfinished, undo_write
from backends.tools.opened_files import kind_of

__all__ = ["file_tools", "undo_write"]


def file_tools(folders: tuple[str, ...], undo_folder: Path, closed: tuple[Path, ...]) -> tuple[Tool, ...]:
    """The tools for these folders, none if there are none.

    `folders` are absolute. `closed` folders are never read, listed or written, also where they lie inside a granted
    one. What writes replaced is kept in `undo_folder`.
    """
    granted = GrantedFolders(folders, (*closed, undo_folder))
    if not granted:
        return ()
    clear_unfinished(undo_folder)
    return (_list_files(granted), _read_file(granted), _search_files(granted), _write_file(granted, undo_folder))


def _list_files(folders: GrantedFolders) -> Tool:
    def run(arguments: dict[str, Any], cancelled: Cancelled) -> ToolResult:
        folder, pattern = arguments.get("folder", ""), arguments.get("pattern", "")
        return list_files(folders, folder, pattern, arguments.get("depth", 1), cancelled)

    parameters = {
        "folder": _text(f"Which one to list; left out: {_top(folders)}."),
        "pattern": _text("List only what is called so, for example *.txt."),
        "depth": _number(f"How many levels of folders to list, 1 to {MAX_DEPTH}; 1 if left out."),
    }
    return Tool(_info("list_files", "List the files and folders in a folder.", folders, parameters, ()), run)


def _read_file(folders: GrantedFolders) -> Tool:
    def run(arguments: dict[str, Any], cancelled: Cancelled) -> ToolResult:
        with folders.reach(arguments["path"]) as spot:
            if not spot.name:
                raise failed(f"{spot.path} is a folder.", "Use list_files.")
            if spot.status is None:
                raise failed(f"There is no {spot.path}.", "Look with list_files at what there is.")
            if not stat.S_ISREG(spot.status.st_mode):
                raise failed(f"{spot.path} is {kind_of(spot.status.st_mode)}, not a file.")
            return read_lines(spot, arguments.get("first_line", 1), arguments.get("last_line"), cancelled)

    parameters = {
        "path": _text("The file."),
        "first_line": _number("Where to begin, counted from 1; the beginning if left out."),
        "last_line": _number("Where to end; the end of the file if left out."),
    }
    return Tool(_info("read_file", "Read a text file.", folders, parameters, ("path",)), run)


def _search_files(folders: GrantedFolders) -> Tool:
    def run(arguments: dict[str, Any], cancelled: Cancelled) -> ToolResult:
        folder, pattern = arguments.get("folder", ""), arguments.get("pattern", "")
        return search_files(folders, arguments["query"], folder, pattern, cancelled)

    parameters = {
        "query": _text("What a line must contain, exactly; upper and lower case are the same."),
        "folder": _text(f"Where to search, folders in it included; left out: {_top(folders)}."),
        "pattern": _text("Search only files that are called so, for example *.py."),
    }
    description = f"Find lines in text files, at most {MAX_HITS}. Hidden files are not searched."
    return Tool(_info("search_files", description, folders, parameters, ("query",)), run)


def _write_file(folders: GrantedFolders, undo_folder: Path) -> Tool:
    def run(arguments: dict[str, Any], _: Cancelled) -> ToolResult:
        return write_file(folders, arguments["path"], arguments["content"], undo_folder)

    def preview(arguments: dict[str, Any]) -> str:
        check_arguments(info, arguments)
        return preview_write(folders, arguments["path"], arguments["content"])

    parameters = {
        "path": _text("The file. Folders that are missing are made."),
        "content": _text("All of the file's text, exactly as it is to be; it replaces what is there."),
    }
    description = "Write a text file: create it, or replace all of its content."
    info = _info("write_file", description, folders, parameters, ("path", "content"), shows_diff=True)
    return Tool(info, run, preview)


def _info(
    name: str,
    description: str,
    folders: GrantedFolders,
    properties: dict[str, dict[str, str]],
    required: tuple[str, ...],
    *,
    shows_diff: bool = False,
) -> ToolInfo:
    """The folders stand in the description: what a person allows for good ends when they change."""
    begin = "relative to it" if len(folders.granted) == 1 else "begin with the name of one"
    where = f"Granted: {folders}. Paths are absolute or {begin}."
    parameters: dict[str, Any] = {"type": "object", "properties": properties, "required": list(required)}
    return ToolInfo(name, f"{description} {where}", parameters, has_side_effects=True, shows_diff=shows_diff)


def _top(folders: GrantedFolders) -> str:
    return "the granted folder" if len(folders.granted) == 1 else "all granted folders"


def _text(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}


def _number(description: str) -> dict[str, str]:
    return {"type": "integer", "description": description}
