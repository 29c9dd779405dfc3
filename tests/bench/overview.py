"""What the first page costs per snapshot, panel by panel, with as many accounts as the desk is meant for.

`python3 packaging/dev.py bench overview [--json FILE] [--accounts N] [--events N]`. Four different snapshots in turn,
so that nothing is saved by being the same as before; the engine keeps its connections for seconds, and so does this.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.snapshot import Snapshot
from tests.widgets.plans import with_plans
from tests.widgets.snapshots import build
from widgets.desk import Desk
from widgets.theme import DARK, apply_theme

TURNS = 40
SIZE = (1920, 1080)


def snapshots(accounts: int, events: int) -> list[Snapshot]:
    made = [with_plans(build(accounts, events, seed)) for seed in range(4)]
    scopes = made[0].matrix.scopes
    return [
        dataclasses.replace(one, connections=made[0].connections, matrix=dataclasses.replace(one.matrix, scopes=scopes))
        for one in made
    ]


def timed(act: Callable[[int], object]) -> dict[str, float]:
    taken = []
    for turn in range(TURNS):
        began_s = time.perf_counter()
        act(turn)
        taken.append((time.perf_counter() - began_s) * 1000.0)
    return {"median_ms": round(statistics.median(taken), 2), "max_ms": round(max(taken), 2)}


def measure(accounts: int, events: int) -> dict[str, dict[str, dict[str, float]]]:
    made = snapshots(accounts, events)
    desk = Desk()
    desk.resize(*SIZE)
    desk.show()
    desk.show_snapshot(made[0])
    QTest.qWait(100)
    found = {}
    for part in (*desk.overview.parts, desk.header, desk.nav, desk.status):
        found[part.objectName()] = {
            "update": timed(lambda turn, part=part: part.show_snapshot(made[turn % 4])),  # type: ignore[misc]
            "paint": timed(lambda _, part=part: part.repaint()),  # type: ignore[misc]
        }
    wall = desk.overview.wall.wall
    wall.zoom(4)
    found["risk_wall zoomed"] = {
        "update": timed(lambda turn: desk.overview.wall.show_snapshot(made[turn % 4])),
        "paint": timed(lambda _: wall.viewport().repaint()),
    }
    found["whole window"] = {
        "update": timed(lambda turn: desk.show_snapshot(made[turn % 4])),
        "paint": timed(lambda _: desk.repaint()),
    }
    desk.close()
    desk.deleteLater()
    QTest.qWait(20)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=200)
    given = parser.parse_args()
    app = QApplication(sys.argv[:1])
    apply_theme(app, DARK)
    found = measure(given.accounts, given.events)
    for name, row in found.items():
        update, paint = row["update"], row["paint"]
        print(
            f"{name:<18} update {update['median_ms']:>7.2f} ms (max {update['max_ms']:.2f}), "
            f"paint {paint['median_ms']:>6.2f} ms (max {paint['max_ms']:.2f})"
        )
    if given.json:
        told = {"accounts": given.accounts, "events": given.events, "panels": found}
        given.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
