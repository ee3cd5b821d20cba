"""A desktop's power manager on a bus of its own: it answers those who keep the machine awake, and remembers them."""
# pyright: basic
# jeepney says nothing of the types of its messages

from __future__ import annotations

import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager

from jeepney import HeaderFields, MatchRule, message_bus, new_method_return
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

NAME = "org.freedesktop.PowerManagement"
_COOKIE = 7
_PATIENCE_SECONDS = 30


class PowerManager:
    """`said`: ("Inhibit", who, why), ("UnInhibit", cookie), and ("gone",) once whoever inhibits has left the bus."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.said: list[tuple[object, ...]] = []
        self._changed = threading.Condition()
        self._connection: DBusConnection = open_dbus_connection(address)
        bus = self._connection
        unwrap_msg(bus.send_and_get_reply(message_bus.RequestName(NAME)))
        rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
        unwrap_msg(bus.send_and_get_reply(message_bus.AddMatch(rule)))
        self._holder = ""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def wait_for(self, count: int) -> list[tuple[object, ...]]:
        """What was said, once it is so much."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.said) >= count, _PATIENCE_SECONDS), self.said
            return self.said

    def join(self) -> None:
        """Wait until it has heard that its bus has ended."""
        self._thread.join(_PATIENCE_SECONDS)

    def _serve(self) -> None:
        while True:
            try:
                message = self._connection.receive()
            except (OSError, EOFError):  # the bus has ended
                self._connection.close()
                return
            fields = message.header.fields
            match fields.get(HeaderFields.member):
                case "Inhibit":
                    self._holder = fields[HeaderFields.sender]
                    self._connection.send(new_method_return(message, "u", (_COOKIE,)))
                    self._note("Inhibit", *message.body)
                case "UnInhibit":
                    self._connection.send(new_method_return(message))
                    self._note("UnInhibit", *message.body)
                case "NameOwnerChanged" if message.body[0] == self._holder and not message.body[2]:
                    self._note("gone")
                case _:
                    pass

    def _note(self, *said: object) -> None:
        with self._changed:
            self.said.append(said)
            self._changed.notify_all()


@contextmanager
def power_manager() -> Generator[PowerManager]:
    """One on a bus that ends with it."""
    command = ["dbus-daemon", "--session", "--nofork", "--print-address", "--address=unix:tmpdir=/tmp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as bus:
        assert bus.stdout is not None
        manager = PowerManager(bus.stdout.readline().strip())
        try:
            yield manager
        finally:
            bus.terminate()
            manager.join()
