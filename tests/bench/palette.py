"""How soon the palette answers, among as many accounts and events as the desk is meant for.

`python3 packaging/dev.py bench palette [--json FILE] [--accounts N] [--events N]`. Opening takes names in by slices;
what matters to a hand is how long the slowest of them holds up the loop, and each letter typed after that.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from core.intents import Intent
from tests.widgets.snapshots import build
from widgets.theme import DARK, apply_theme

TYPED = ("okx-sub-0123", "sub 99", "leverage acc", "go to events", "zzzz", "osb77")


def timed(act: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    act()
    return (time.perf_counter() - began_s) * 1000.0


def _nowhere(intent: Intent) -> None: ...


def measure(accounts: int, events: int) -> dict[str, float]:
    window = MainWindow(_nowhere, "bench")
    window.resize(1920, 1080)
    window.show()
    window.show_snapshot(build(accounts, events))
    palette = window.hands.palette
    opened = timed(window.hands.open_palette)
    slices = []
    while palette._slices.isActive():
        slices.append(timed(palette._take_slice))
    again = timed(window.hands.open_palette)
    while palette._slices.isActive():
        slices.append(timed(palette._take_slice))
    letters = [
        timed(partial(palette.line.setText, words[: typed + 1])) for words in TYPED for typed in range(len(words))
    ]
    window.close()
    window.deleteLater()
    return {
        "open_ms": round(opened, 1),
        "open_again_ms": round(again, 1),
        "slice_max_ms": round(max(slices, default=0.0), 1),
        "letter_median_ms": round(statistics.median(letters), 1),
        "letter_max_ms": round(max(letters), 1),
    }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench palette", description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    apply_theme(app, DARK)
    found = measure(asked.accounts, asked.events)
    for name, value in found.items():
        print(f"{name:18} {value:8.1f}")
    if asked.json is not None:
        asked.json.write_text(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
