"""The built application as its user has it: started, driven by keys, asked by its own commands what became of it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.frozen.display import Display
from tests.frozen.reader import Reader, Thing

REPOSITORY = Path(__file__).resolve().parents[2]
VARIABLE = "SCRAM_FROZEN"
"""Names another application's program than the one that `build.py` leaves in the checkout."""
PLENTY_S = 90.0


def program() -> Path:
    chosen = Path(os.environ.get(VARIABLE) or REPOSITORY / "dist/scram/scram")
    assert chosen.exists(), f"there is no application at {chosen}: `python3 packaging/dev.py frozen` builds it"
    return chosen


def until(condition: Callable[[], Any], within_s: float = PLENTY_S) -> Any:
    """What the condition first says that is true; an AssertionError after so long."""
    deadline_s = time.monotonic() + within_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline_s, f"not within {within_s:g} s: {condition}"
        time.sleep(0.2)


class Frozen:
    """One user of it: a home folder, an environment without anything of ours, a screen, pictures for later."""

    def __init__(
        self, home: Path, display: Display | None, pictures: Path, session: Mapping[str, str] | None = None,
        reader: Reader | None = None,
    ) -> None:  # fmt: skip
        self.home = home
        self._reader = reader
        self.display = display
        self._pictures = pictures
        home.mkdir(parents=True, exist_ok=True)
        # No Python, no virtual environment: what is not in the application shall not be found elsewhere.
        self.environ = {
            "HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC",
            "XDG_RUNTIME_DIR": str(home / "run-dir"), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }  # fmt: skip
        if display is not None:
            self.environ |= display.environ
        self.environ |= session or {}
        (home / "run-dir").mkdir(mode=0o700, exist_ok=True)

    # -- processes ------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def started(
        self, *arguments: str, under: Sequence[str] = (), environ: Mapping[str, str] | None = None
    ) -> Iterator[Process]:
        """`under`: the words of a program that starts it, for instance in a network of its own."""
        said = self._pictures / f"{arguments[0] if arguments else 'desk'}.txt"
        said.parent.mkdir(parents=True, exist_ok=True)
        with said.open("wb") as file:
            process = subprocess.Popen(
                [*under, str(program()), *arguments], env={**self.environ, **(environ or {})}, cwd=self.home,
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip
        running = Process(process, said)
        try:
            yield running
        finally:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def run(self, *arguments: str, code: int | None = 0) -> str:
        """One command from beginning to end; what it prints."""
        done = subprocess.run(
            [str(program()), *arguments], env=self.environ, cwd=self.home, capture_output=True, text=True,
            timeout=PLENTY_S, check=False,
        )  # fmt: skip
        assert code is None or done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def status(self, *where: str) -> dict[str, Any]:
        found = json.loads(self.run("status", "--json", *where))
        assert isinstance(found, dict)
        return found

    def journal(self, *arguments: str) -> list[dict[str, Any]]:
        """Records as `scram journal show` tells them, the newest first; none while there is no journal."""
        told = self.run("journal", "show", "--json", "--count", "1000", *arguments, code=None)
        records = json.loads(told) if told else []
        assert isinstance(records, list)
        return records

    def wait_for_record(self, kind: str, *where: str, within_s: float = PLENTY_S) -> dict[str, Any]:
        found = until(lambda: self.journal("--kind", kind, *where), within_s)
        assert isinstance(found[0], dict)
        return found[0]

    # -- the screen -----------------------------------------------------------------------------------------------

    def screen(self) -> Display:
        assert self.display is not None
        return self.display

    def window(self, title: str = "scram") -> str:
        """The window of that title, with something drawn in it and the keyboard."""
        display = self.screen()
        window = display.wait_for_window(title)
        until(lambda: display.colours() > 50)
        display.focus(window)
        return window

    @property
    def reader(self) -> Reader:
        assert self._reader is not None
        return self._reader

    def press(self, name: str, role: str = "", within_s: float = 40.0) -> None:
        """Click with the mouse on what has this name, once it is shown and can be pressed."""
        try:
            thing = until(lambda: self._ready(name, role), within_s)
        except AssertionError:
            shown = "\n".join(self.reader.names())
            raise AssertionError(f"no {role or 'thing'} {name!r} that can be pressed; there are\n{shown}") from None
        self.screen().click(*self.reader.centre(thing))

    def go_to(self, page: str) -> None:
        """By the list of pages, whose counts stand behind the names."""
        self.press(f"{page}*", "check box")

    def fill(self, name: str, text: str) -> None:
        """Click into the field of this name, and type in the place of what is there."""
        self.type_into(name, text)
        until(lambda: self.reader.text(self.reader.wait_for(name, "text")) == text, 20.0)

    def type_into(self, name: str, text: str, role: str = "text") -> None:
        """The same for a field that tells nobody what is in it, or that offers a list too (`combo`)."""
        self.press(name, role)
        self.screen().key("ctrl+a")
        self.screen().type(text)

    def _ready(self, name: str, role: str) -> Thing | None:
        thing = self.reader.find(name, role)
        return thing if thing is not None and self.reader.is_enabled(thing) else None

    def picture(self, name: str) -> Path:
        return self.screen().picture(self._pictures / f"{name}.png")


class Process:
    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self._process = process
        self._said = said

    @property
    def pid(self) -> int:
        return self._process.pid

    def said(self) -> str:
        return self._said.read_text("utf-8", "replace")

    def running(self) -> bool:
        return self._process.poll() is None

    def ended(self, within_s: float = PLENTY_S) -> int:
        return self._process.wait(within_s)

    def end(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self.ended()
