"""Tools, servers and files of other apps as they may be found on a machine, for tests and pictures of the settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import SignalInstance

from backends.contract.chat import ConversationSettings
from backends.contract.preferences import Preferences
from backends.contract.tool_events import ServerFile
from backends.contract.tools import (
    IN_KEYRING,
    AllowedTool,
    OfferedTool,
    ToolInfo,
    ToolServer,
    ToolServerState,
    ToolSettings,
)
from backends.conversation.changes import SettingsChanged
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.preference_state import PreferenceState
from desktop.models.tool_server_state import ToolServersState
from desktop.models.tool_settings_view import ToolSettingsView

GITHUB = ToolServer(
    "github",
    "npx",
    ("-y", "@modelcontextprotocol/server-github"),
    {"GITHUB_PERSONAL_ACCESS_TOKEN": IN_KEYRING, "GITHUB_TOOLSETS": "issues,pull_requests"},
)
FILES = ToolServer("files", "uvx", ("mcp-server-filesystem", "--root", "/Users/ada/My papers"), cwd="/Users/ada")
LONG = ToolServer(
    "a server whose name somebody made far longer than any list has room for",
    "/Applications/Some Very Long Application Name.app/Contents/Resources/bin/mcp-server-with-a-long-name",
    ("--config", "/Users/ada/Library/Application Support/Some Very Long Application Name/config.json", "--quiet"),
    {"NODE_OPTIONS": "--max-old-space-size=4096"},
)
WEATHER = ToolServer("weather", url="https://mcp.weather.test/v1/mcp", headers={"Authorization": IN_KEYRING})
DATABASE = ToolServer("database", "docker", ("run", "-i", "--rm", "example/postgres-mcp"))
CALCULATOR = ToolInfo("calculator", "Evaluate an arithmetic expression exactly.", {}, has_side_effects=False)


def tool_of(server: ToolServer, name: str, description: str) -> ToolInfo:
    """A tool of a server."""
    return ToolInfo(
        f"{server.name}_{name}", description, {}, server.name, server_digest=server.command_digest, own_name=name
    )


SEARCH = tool_of(GITHUB, "search_issues", "Find issues and pull requests by words, labels, authors and dates.")
GITHUB_TOOLS = (
    OfferedTool(SEARCH),
    OfferedTool(tool_of(GITHUB, "create_issue", "Open an issue in a repository.\nNeeds the right to write there.")),
    OfferedTool(tool_of(GITHUB, "get_file_contents", "Read a file or a folder of a repository, of any branch.")),
    OfferedTool(
        tool_of(GITHUB, "a_tool_with_a_name_that_is_far_too_long_for_its_column", "It does what it says."),
    ),
    OfferedTool(
        tool_of(GITHUB, "create_or_update_file", ""), "Its schema has 412 kB; models are given tools of 32 kB at most."
    ),
)


def states() -> tuple[ToolServerState, ...]:
    """One server in each state."""
    return (
        ToolServerState(
            GITHUB,
            GITHUB.digest,
            "running",
            GITHUB_TOOLS,
            log_tail="GitHub MCP Server running on stdio\n12:01:07 listed 5 tools\n",
            log_file="logs/github.log",
        ),
        ToolServerState(FILES, FILES.digest, "unapproved"),
        ToolServerState(WEATHER, WEATHER.digest, "starting"),
        ToolServerState(
            LONG,
            LONG.digest,
            "failed",
            message="It ended right after its start, with exit code 127.",
            hint="See what it printed; restart it once that is mended.",
            log_tail="env: node: No such file or directory\n",
            log_file="logs/long.log",
        ),
        ToolServerState(DATABASE, DATABASE.digest, "off"),
    )


def files() -> tuple[ServerFile, ...]:
    """Files of other apps."""
    support = f"{Path.home()}/Library/Application Support"
    return (
        ServerFile("Claude Desktop", f"{support}/Claude/claude_desktop_config.json", ("github", "files", "postgres")),
        ServerFile("Jan", f"{support}/Jan/data/mcp_config.json", tuple(f"server-{n}" for n in range(12))),
        ServerFile("Cursor", f"{Path.home()}/.cursor/mcp.json", ()),
    )


def preferences(appearance: str = "light") -> Preferences:
    """What a person who uses tools may have chosen."""
    long = "/Volumes/Research/A disk with a long name/Papers and notes of many years/2026/Metal kernels/Drafts"
    return Preferences(
        allowed_tools=(
            AllowedTool(SEARCH.key, SEARCH.digest),
            AllowedTool("read_file", "as it was"),
            AllowedTool("gone/write_everything_down_in_a_place_that_has_a_long_name", "gone"),
        ),
        tool_settings=ToolSettings(
            folders=(f"{Path.home()}/Documents/Notes", long),
            approved_servers=(GITHUB.digest, WEATHER.digest, LONG.digest, DATABASE.digest),
            servers_off=("database",),
            tools_off=(f"{GITHUB.name}/get_file_contents",),
        ),
    )


def view(chosen: Preferences | None = None, *, empty: bool = False) -> ToolSettingsView:
    """What the settings read of all this; `empty`: as after the first start."""
    state, conversation = ToolServersState(), ConversationSettingsState()
    if empty:
        state.show_servers(())
        return ToolSettingsView(PreferenceState(chosen or Preferences()), conversation, state)
    state.show_servers(states())
    read = ToolInfo("read_file", "Read a file in the granted folders.", {})
    state.show_tools((CALCULATOR, read, *(tool.info for tool in GITHUB_TOOLS)))
    allowed = (AllowedTool(CALCULATOR.key, CALCULATOR.digest),)
    conversation.apply(SettingsChanged("shown", ConversationSettings(allowed_tools=allowed)))
    own = Path("/Users/ada/Library/Application Support/Minim")
    return ToolSettingsView(PreferenceState(chosen or preferences()), conversation, state, own)


def heard(*signals: SignalInstance) -> list[tuple[object, ...]]:
    """What these signals bring from now on, in order."""
    said: list[tuple[object, ...]] = []

    def note(*values: object) -> None:
        said.append(values)

    for signal in signals:
        signal.connect(note)
    return said
