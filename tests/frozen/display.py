"""A screen that nobody sees: Xvfb, keys by xdotool, pictures as PNG."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

NEEDED = ("Xvfb", "xdotool", "dbus-daemon", "/usr/libexec/at-spi-bus-launcher")
_XWD_VERSION = 7


def missing() -> list[str]:
    return [program for program in NEEDED if shutil.which(program) is None]


class Display:
    """`with Display(folder) as display:`; `folder` takes the frame buffer and what the server says."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1440, 900)) -> None:
        self._folder = folder
        self._size = size
        self._server: subprocess.Popen[bytes] | None = None
        self.name = ""

    def __enter__(self) -> Display:
        self._folder.mkdir(parents=True, exist_ok=True)
        told, tell = os.pipe()
        width, height = self._size
        with (self._folder / "xvfb.txt").open("wb") as said:
            self._server = subprocess.Popen(
                ["Xvfb", "-displayfd", str(tell), "-screen", "0", f"{width}x{height}x24", "-fbdir", self._folder,
                 "-nolisten", "tcp"],
                pass_fds=[tell], stdout=said, stderr=said,
            )  # fmt: skip
        os.close(tell)
        with os.fdopen(told) as answer:
            number = answer.readline().strip()
        assert number, (self._folder / "xvfb.txt").read_text()
        self.name = f":{number}"
        deadline_s = time.monotonic() + 20.0
        while not self._xdotool("getdisplaygeometry", check=False):
            assert time.monotonic() < deadline_s, f"the screen {self.name} cannot be reached"
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)

    @property
    def environ(self) -> dict[str, str]:
        return {"DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb"}

    # -- windows and keys -----------------------------------------------------------------------------------------

    def windows(self) -> list[tuple[str, str]]:
        """Number and title of every window that can be seen, the newest last."""
        found = self._xdotool("search", "--onlyvisible", "--name", ".", check=False).split()
        return [(number, self._xdotool("getwindowname", number, check=False).strip()) for number in found]

    def wait_for_window(self, title: str, within_s: float = 60.0) -> str:
        """The number of the newest window whose title contains `title`."""
        deadline_s = time.monotonic() + within_s
        while time.monotonic() < deadline_s:
            numbers = [number for number, name in self.windows() if title.lower() in name.lower()]
            if numbers:
                return numbers[-1]
            time.sleep(0.1)
        raise AssertionError(f"no window {title!r} within {within_s:g} s; there are {self.windows()}")

    def focus(self, window: str) -> None:
        # There is no window manager to give the keyboard to a window.
        self._xdotool("windowfocus", "--sync", window)

    def key(self, *chords: str) -> None:
        """Chords in xdotool's spelling, for instance `ctrl+shift+x`, to whatever window has the keyboard."""
        for chord in chords:
            self._xdotool("key", chord)
            time.sleep(0.05)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "8", "--", text)

    def click(self, x: int, y: int) -> None:
        """At a place of the screen, in pixels."""
        self._xdotool("mousemove", str(x), str(y), "click", "1")

    def _xdotool(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["xdotool", *words], env={**os.environ, **self.environ}, capture_output=True, text=True, timeout=30,
            check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"xdotool {' '.join(words)}: {done.stderr}"
        return done.stdout

    # -- pictures -------------------------------------------------------------------------------------------------

    def picture(self, path: Path) -> Path:
        """Save what the screen shows now, as PNG."""
        from PySide6.QtGui import QImage

        pixels, width, height, stride = self._frame()
        path.parent.mkdir(parents=True, exist_ok=True)
        assert QImage(pixels, width, height, stride, QImage.Format.Format_RGB32).save(str(path))
        return path

    def colours(self) -> int:
        """How many different colours are on the screen: few on an empty one, hundreds where text is drawn."""
        pixels, *_ = self._frame()
        return len(set(struct.unpack(f"<{len(pixels) // 4}I", pixels)))

    def _frame(self) -> tuple[bytes, int, int, int]:
        # Xvfb keeps its screen in a file, as xwd writes one: XWDFile.h of https://gitlab.freedesktop.org/xorg/proto/xorgproto
        data = (self._folder / "Xvfb_screen0").read_bytes()
        header = struct.unpack(">25I", data[:100])
        size, version, _, depth, width, height = header[:6]
        bits, stride, colours = header[11], header[12], header[19]
        assert (version, depth, bits) == (_XWD_VERSION, 24, 32)
        start = size + colours * 12
        return data[start : start + stride * height], width, height, stride
