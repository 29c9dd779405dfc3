"""Every page of the desk as pictures, to be looked at: `python3 packaging/dev.py pictures OUTDIR`.

Two sizes, dark and light, 3 and 10,000 accounts; and one set in high contrast. `tests.widgets.look` has further states
of single pages.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from core.domain import PORTFOLIO
from core.intents import Intent
from core.snapshot import Snapshot
from tests.widgets.alarmed import alarmed
from tests.widgets.limited import with_limits
from tests.widgets.plans import preview, with_plans
from tests.widgets.snapshots import build, opened
from tests.widgets.visits import visits
from widgets import nav
from widgets.theme import THEMES, apply_theme

SIZES = ((1280, 800), (1920, 1080))
ACCOUNTS = (3, 10_000)
SETS = [(theme, size, accounts) for theme in ("dark", "light") for size in SIZES for accounts in ACCOUNTS]
SETS.append(("contrast-dark", SIZES[0], 3))
LIGHTLY = 70
"""Compressed so that drawing a picture takes longer than writing it."""
SETTLE_MS = 40


def calm(accounts: int) -> Snapshot:
    """What a desk shows on a usual day: nothing is stopped, plans wait, a scope is open."""
    whole = with_plans(build(accounts, 8 if accounts < 100 else 1_000), preview=preview())
    whole = replace(whole, routes=alarmed().routes)
    return with_limits(opened(whole, PORTFOLIO, lines=min(accounts, 40)))


def draw(app: QApplication, out: Path, sets: list[tuple[str, tuple[int, int], int]]) -> Iterator[Path]:
    cases = {accounts: calm(accounts) for _, _, accounts in sets}
    stopped = {accounts: build(accounts, 8, stopped=True) for accounts in cases}
    for theme, (width, height), accounts in sets:
        apply_theme(app, THEMES[theme])
        window = MainWindow(_nowhere, "ada")
        window.resize(width, height)
        window.show()
        end = f"{accounts}-{theme}-{width}.png"
        for place, _ in visits(window.desk, cases[accounts], settle_ms=SETTLE_MS):
            yield _save(window, out / f"{_plain(place)}-{end}")
        window.desk.show_page(nav.PROOF)
        window.show_snapshot(stopped[accounts])
        QTest.qWait(SETTLE_MS)
        yield _save(window, out / f"stopped-{end}")
        window.close()
        window.deleteLater()
        QTest.qWait(5)


def _nowhere(intent: Intent) -> None: ...


def _plain(place: str) -> str:
    """`Scope, Positions 40` as a part of a file's name."""
    return re.sub(r"[^a-z]+", "-", place.lower()).strip("-")


def _save(window: MainWindow, file: Path) -> Path:
    if not window.grab().save(str(file), "PNG", LIGHTLY):
        raise OSError(f"{file} cannot be written")
    return file


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: dev.py pictures OUTDIR\n")
        return 2
    app = QApplication(sys.argv[:1])
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    began_s = time.perf_counter()
    drawn = sum(1 for _ in draw(app, folder, SETS))
    sys.stdout.write(f"{drawn} pictures in {folder}, in {time.perf_counter() - began_s:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
