"""What a screen reader is told by the application: every control by its name, where it is, and what it says.

Qt tells it over AT-SPI, a bus of its own: https://gitlab.gnome.org/GNOME/at-spi2-core (the folder xml). It is how a
test finds a button of a program that it has no other hold of, and it fails where a control has no name.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")
ACCESSIBLE = "org.a11y.atspi.Accessible"
ENABLED, FOCUSED, SHOWING = 8, 12, 25
"""Bits of a state: AtspiStateType."""
LABELLED_BY = 2
"""AtspiRelationType."""
SCREEN = 0
"""AtspiCoordType: relative to the whole screen."""
ANSWER_S = 20.0


class Gone(Exception):
    """What was asked about is no more."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One control or text on the screen."""

    bus: str
    path: str
    role: str
    name: str
    depth: int


class Bus:
    """`with Bus(folder) as bus:`; a session of its own, so that nothing of this machine's is touched."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._daemon: subprocess.Popen[str] | None = None
        self.address = ""

    def __enter__(self) -> Bus:
        runtime = self._folder / "runtime"
        runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": str(self._folder), "XDG_RUNTIME_DIR": str(runtime)},
        )  # fmt: skip
        assert self._daemon.stdout is not None
        self.address = self._daemon.stdout.readline().strip()
        assert self.address, "dbus-daemon did not start"
        return self

    def __exit__(self, *_: object) -> None:
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait(10)
            if self._daemon.stdout is not None:
                self._daemon.stdout.close()

    @property
    def environ(self) -> dict[str, str]:
        return {"DBUS_SESSION_BUS_ADDRESS": self.address, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}


class Reader:
    """Asks about what is on the screen, anew each time: nothing is remembered from one question to the next."""

    def __init__(self, bus: Bus) -> None:
        session = open_dbus_connection(bus.address)
        try:
            (address,) = _call(session, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
        finally:
            session.close()
        self._connection = open_dbus_connection(address)

    def close(self) -> None:
        self._connection.close()

    # -- finding --------------------------------------------------------------------------------------------------

    def things(self) -> Iterator[Thing]:
        """Everything that is shown, from the windows down; what lies in a page that is not shown is not."""
        (roots,) = self._ask("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root", "GetChildren")
        for bus, path in roots:
            yield from self._below(bus, path, 0)

    def _below(self, bus: str, path: str, depth: int) -> Iterator[Thing]:
        try:
            (role,) = self._ask(bus, path, "GetRoleName")
            if depth > 1 and not self._has(bus, path, SHOWING):
                return
            yield Thing(bus, path, role, self._name(bus, path, role), depth)
            if role in {"table", "tree", "tree table", "list"}:
                return  # a hundred thousand cells
            (children,) = self._ask(bus, path, "GetChildren")
        except Gone:
            return
        for child_bus, child in children:
            yield from self._below(child_bus, child, depth + 1)

    def _name(self, bus: str, path: str, role: str) -> str:
        """Of a list to choose from, its label's: the name that it has itself is what is chosen in it."""
        if role == "combo box":
            (relations,) = self._ask(bus, path, "GetRelationSet")
            for kind, targets in relations:
                if kind == LABELLED_BY and targets:
                    return self._property(*targets[0], "Name")
        return self._property(bus, path, "Name")

    def find(self, name: str, role: str = "") -> Thing | None:
        """The last that is shown of those with this name: what was opened last lies in front.

        A name that ends with "*" is a beginning. `role`: a part of AT-SPI's word for it, such as "button" or "text".
        """
        found = None
        for thing in self.things():
            fits = thing.name.startswith(name[:-1]) if name.endswith("*") else thing.name == name
            if fits and role in thing.role:
                found = thing
        return found

    def wait_for(self, name: str, role: str = "", within_s: float = 60.0) -> Thing:
        deadline_s = time.monotonic() + within_s
        while True:
            found = self.find(name, role)
            if found is not None:
                return found
            assert time.monotonic() < deadline_s, f"no {role or 'thing'} {name!r} is shown; there are {self.names()}"
            time.sleep(0.2)

    def names(self) -> list[str]:
        return [f"{thing.role} {thing.name!r}" for thing in self.things() if thing.name]

    def says(self, words: str) -> bool:
        """Whether these words stand in any name that is shown."""
        return any(words.lower() in thing.name.lower() for thing in self.things())

    # -- about one ------------------------------------------------------------------------------------------------

    def is_enabled(self, thing: Thing) -> bool:
        return self._has(thing.bus, thing.path, ENABLED)

    def has_keyboard(self, thing: Thing) -> bool:
        return self._has(thing.bus, thing.path, FOCUSED)

    def centre(self, thing: Thing) -> tuple[int, int]:
        """On the screen, in pixels."""
        ((x, y, width, height),) = self._ask(
            thing.bus, thing.path, "GetExtents", "u", (SCREEN,), "org.a11y.atspi.Component"
        )
        return x + width // 2, y + height // 2

    def give_keyboard(self, thing: Thing) -> None:
        self._ask(thing.bus, thing.path, "GrabFocus", interface="org.a11y.atspi.Component")

    def text(self, thing: Thing) -> str:
        """What is written in a field."""
        (text,) = self._ask(thing.bus, thing.path, "GetText", "ii", (0, -1), "org.a11y.atspi.Text")
        return str(text)

    # -- the bus --------------------------------------------------------------------------------------------------

    def _has(self, bus: str, path: str, bit: int) -> bool:
        ((low, high),) = self._ask(bus, path, "GetState")
        return bool((high << 32 | low) >> bit & 1)

    def _property(self, bus: str, path: str, name: str) -> str:
        ((_, value),) = self._ask(bus, path, "Get", "ss", (ACCESSIBLE, name), "org.freedesktop.DBus.Properties")
        return str(value)

    def _ask(
        self, bus: str, path: str, method: str, signature: str = "", body: tuple[Any, ...] = (),
        interface: str = ACCESSIBLE,
    ) -> tuple[Any, ...]:  # fmt: skip
        return _call(self._connection, bus, path, interface, method, signature, body)


def _call(
    connection: DBusConnection, bus: str, path: str, interface: str, method: str, signature: str = "",
    body: tuple[Any, ...] = (),
) -> tuple[Any, ...]:  # fmt: skip
    message = new_method_call(DBusAddress(path, bus, interface), method, signature or None, body)
    reply = connection.send_and_get_reply(message, timeout=ANSWER_S)
    if reply.header.message_type is MessageType.error:
        raise Gone(f"{interface}.{method}: {reply.body}")
    return tuple(reply.body)


@contextlib.contextmanager
def reading(bus: Bus) -> Iterator[Reader]:
    reader = Reader(bus)
    try:
        yield reader
    finally:
        reader.close()
