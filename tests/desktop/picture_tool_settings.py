"""Makes pictures of the settings' pages about tools in all their states: `picture_tool_settings.py FOLDER`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QScrollArea  # noqa: E402  the platform is chosen above

from backends.contract.events import ToolServersImported  # noqa: E402
from backends.contract.tools import ToolServer  # noqa: E402
from desktop import languages, theme  # noqa: E402
from desktop.models import tool_words  # noqa: E402
from desktop.panes.settings import Settings  # noqa: E402
from tests.desktop.tools_to_show import GITHUB, WEATHER, files, view  # noqa: E402

LANGUAGES: tuple[languages.Language, ...] = ("en", "zh_CN")
APPEARANCES: tuple[theme.Appearance, ...] = ("light", "dark")


def settings(page: str, *, empty: bool = False) -> Settings:
    """The settings on one of the pages."""
    shown = view(empty=empty)
    dialog = Settings(shown.preferences, tools=shown)
    dialog.requests.find_files_requested.connect(lambda: shown.servers.show_files(files()))
    dialog.tabs.choose(3 if page == "tools" else 4)
    for part in (shown.servers, shown.conversation, shown.preferences):
        part.setParent(dialog)
    return dialog


def opened() -> Settings:
    """The running server with its tools and its log."""
    dialog = settings("servers")
    row = dialog.servers.rows[0]
    row.disclosure.setChecked(True)
    assert row.details is not None
    row.details.log_toggle.setChecked(True)
    return dialog


def failing() -> Settings:
    """A server that is to be removed, and one that was not approved."""
    dialog = settings("servers")
    rows = dialog.servers.rows
    rows[1].question is not None and rows[1].question.rejected.emit()  # pyright: ignore[reportUnusedExpression]  short
    rows[3].disclosure.setChecked(True)
    rows[3].ask_to_remove()
    return dialog


def refused() -> Settings:
    """A folder that is not granted."""
    dialog = settings("tools")
    dialog.tools.folders.add("/Users/ada")
    return dialog


def edited(server: ToolServer | None) -> Settings:
    """The form of a server."""
    dialog = settings("servers")
    dialog.servers.edit(server)
    editor = dialog.servers.editor
    if server is None and editor is not None:
        editor.name.setText("everything")
        editor.command.setText("npx -y '@modelcontextprotocol/server-everything'")
        editor.arguments.setPlainText("--title\nA title with spaces")
        editor.environment.add("API_KEY", "not to be seen")
    return dialog


def importing(*, done: bool = False) -> Settings:
    """What other apps have, or what came of taking it in."""
    dialog = settings("servers")
    dialog.servers.show_imports()
    if done:
        left = ("postgres: its command is empty.", "github: a server has this name already.")
        said = ToolServersImported(("jira", "notion"), left, 2, "the keyring of macOS")
        dialog.servers.show_told(*tool_words.imported(said))
    return dialog


def scrolled_down(dialog: Settings) -> None:
    """Show the end of the page."""
    for area in dialog.findChildren(QScrollArea):
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())


SHOTS: dict[str, tuple[Callable[[], Settings], int]] = {
    "tools": (lambda: settings("tools"), 640),
    "tools_all": (lambda: settings("tools"), 980),
    "tools_refused": (refused, 980),
    "tools_empty": (lambda: settings("tools", empty=True), 760),
    "servers": (lambda: settings("servers"), 640),
    "servers_all": (lambda: settings("servers"), 820),
    "servers_opened": (opened, 820),
    "servers_failing": (failing, 820),
    "servers_empty": (lambda: settings("servers", empty=True), 560),
    "server_new": (lambda: edited(None), 720),
    "server_edit": (lambda: edited(GITHUB), 720),
    "server_address": (lambda: edited(WEATHER), 560),
    "import": (importing, 560),
    "imported": (lambda: importing(done=True), 640),
}


def main(folder: Path) -> None:
    """Take all pictures."""
    app = QApplication([])
    theme.set_up(app, "light")
    folder.mkdir(parents=True, exist_ok=True)
    for language, appearance in product(LANGUAGES, APPEARANCES):
        languages.use(app, language)
        theme.choose_appearance(app, appearance)
        for name, (make, height) in SHOTS.items():
            dialog = make()
            dialog.resize(600, height)
            dialog.show()
            for _ in range(10):
                app.processEvents()
            if name == "tools":
                scrolled_down(dialog)
                app.processEvents()
            dialog.grab().save(str(folder / f"{name}_{appearance}_{language[:2]}.png"))
            dialog.close()
            dialog.deleteLater()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
