#!/usr/bin/env python3
"""Whether a demo did what it is meant to, by the report that it wrote: a stop fired, and every account proven.

python3 packaging/read_demo.py demo.json
"""

import json
import sys
from pathlib import Path


def faults(report: dict) -> list[str]:
    """What is not as it should be, in words."""
    halt = report.get("halt") or {}
    found = []
    if not report.get("events"):
        found.append("no limit was breached")
    if not halt:
        found.append("no stop was fired")
    elif halt.get("verified") != halt.get("accounts"):
        found.append(f"{halt.get('verified')} of {halt.get('accounts')} accounts are proven stopped")
    if not (report.get("journal") or {}).get("intact"):
        found.append("the journal is not whole")
    return found


if __name__ == "__main__":
    told = faults(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    for fault in told:
        print(f"scram: {fault}", file=sys.stderr)
    sys.exit(1 if told else 0)
