"""First paint of the app against a bare QMainWindow, and the memory of the window's process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from tests.bench.measured import alternate, report

_BARE = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.monotonic(), flush=True)
        QTimer.singleShot(0, QApplication.quit)

application = QApplication([])
window = Window()
window.resize(1280, 800)
window.show()
application.exec()
"""

# The app as it is started by a person; only the window's class is told to say when it was painted.
_APP = """
import sys, time, os
from desktop import main_window

class Window(main_window.MainWindow):
    painted_once = False
    def paintEvent(self, event):
        super().paintEvent(event)
        if not self.painted_once:
            self.painted_once = True
            print(time.monotonic(), flush=True)
            if len(sys.argv) > 1:
                from PySide6.QtCore import QTimer
                QTimer.singleShot(int(sys.argv[1]), say_memory)
            else:
                os._exit(0)

def say_memory():
    import psutil
    print(psutil.Process().memory_info().rss, flush=True)
    os._exit(0)

main_window.MainWindow = Window
from desktop.__main__ import main
sys.exit(main([]))
"""


def main() -> None:
    """Print the ratio of the medians, and the memory ten seconds after the start."""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "MINIM_HOME": home}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # a person's second start has its bytecode at hand
        app, bare = alternate(lambda: _first_paint(_APP, env), lambda: _first_paint(_BARE, env))
        report(
            "first paint, app / bare QMainWindow", app / bare, "at most 2", f"{app * 1000:.0f} / {bare * 1000:.0f} ms"
        )
        lines = subprocess.run(
            [sys.executable, "-c", _APP, "10000"], env=env, capture_output=True, text=True, check=True
        ).stdout.split()
        report("memory of the window's process, MB", int(lines[-1]) / 1e6, "at most 250")


def _first_paint(script: str, env: dict[str, str]) -> float:
    """Seconds from spawn to the end of the first paint."""
    began = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        painted = float(process.stdout.readline())
        process.stdout.read()
    return painted - began
