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

# The app as a person starts it: nothing of how it is imported is changed, only its window tells when it was painted.
_APP = """
import os, sys, time
from importlib.machinery import PathFinder

class TellPaint:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "desktop.window.main_window":
            return None
        spec = PathFinder.find_spec(name, path, target)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            paint, painted = module.MainWindow.paintEvent, []

            def paintEvent(self, event):
                paint(self, event)
                if painted:
                    return
                painted.append(True)
                print(time.monotonic(), flush=True)
                if len(sys.argv) == 1:
                    os._exit(0)
                from PySide6.QtCore import QTimer
                QTimer.singleShot(int(sys.argv[1]), say_memory)

            module.MainWindow.paintEvent = paintEvent

        spec.loader.exec_module = exec_module
        return spec

def say_memory():
    import psutil
    print(psutil.Process().memory_info().rss, flush=True)
    os._exit(0)

sys.meta_path.insert(0, TellPaint)
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
