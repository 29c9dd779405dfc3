"""How long from the start of the process until the first window stands, and what is loaded by then.

`python3 packaging/dev.py bench start [--json FILE] [--starts N]`. Fresh processes of `scram run` and `scram demo`, each
timed to the first frame of the stop button; beside them the floor, which is a bare Qt window; then the imports of one
start by top-level package (slower under `-X importtime`: shares count, not sums), and the longest that the window did
not answer in the seconds after, while engine, database and network libraries were being loaded.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.bench._first_window import start

COMMANDS = ("run", "demo")
STAY_S = 4.0
FLOOR = """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
class Window(QMainWindow):
    def paintEvent(self, event):
        import os
        os._exit(0)
window = Window()
window.show()
app.exec()
"""


def imports_ms(told: str) -> dict[str, float]:
    """Own time by top-level package, largest first."""
    spent: Counter[str] = Counter()
    for line in told.splitlines():
        head, _, name = line.rpartition("|")
        if head.startswith("import time:") and head.split(":")[1].split("|")[0].strip().isdigit():
            spent[name.strip().partition(".")[0]] += int(head.split(":")[1].split("|")[0])
    return {name: round(microseconds / 1000.0, 1) for name, microseconds in spent.most_common()}


def floor_ms(starts: int) -> float:
    """A bare Qt window, to its first frame."""
    taken = []
    for _ in range(starts):
        began_s = time.perf_counter()
        subprocess.run([sys.executable, "-c", FLOOR], check=True)
        taken.append((time.perf_counter() - began_s) * 1000.0)
    return round(statistics.median(taken), 1)


def measure(command: str, starts: int) -> dict[str, Any]:
    start(command)  # reads the files from the disk once, and writes what Python compiles
    found = [start(command) for _ in range(starts)]
    loaded = start(command, importtime=True)
    return {
        "first_window_ms": round(statistics.median(one.ms for one in found), 1),
        "cpu_ms": round(statistics.median(one.cpu_ms for one in found), 1),
        "all_ms": [round(one.ms, 1) for one in found],
        "stop_live": all(one.live for one in found),
        "stall_after_ms": round(start(command, stay_s=STAY_S).stall_ms, 1),
        "modules": len(loaded.modules),
        "packages": sorted(loaded.packages - sys.stdlib_module_names),
        "imports_ms": imports_ms(loaded.imports),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--starts", type=int, default=5)
    given = parser.parse_args()
    found: dict[str, Any] = {"starts": given.starts, "floor_ms": floor_ms(given.starts)}
    found |= {command: measure(command, given.starts) for command in COMMANDS}
    print(f"a bare Qt window: {found['floor_ms']:.0f} ms")
    for command in COMMANDS:
        row = found[command]
        print(
            f"scram {command}: first window after {row['first_window_ms']:.0f} ms (median of {given.starts}; "
            f"{row['cpu_ms']:.0f} ms of processor time), "
            f"{row['modules']} modules; then no answer for at most {row['stall_after_ms']:.0f} ms"
        )
        for name, milliseconds in list(row["imports_ms"].items())[:12]:
            print(f"    {name:<22} {milliseconds:>7.1f} ms")
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
