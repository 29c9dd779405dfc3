"""Whether a desk runs, as every other process can tell: by the status that it keeps writing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.clock import SystemClock
from core.processes import is_there

STATUS_FILE = "status.json"
FRESH_S = 5.0


def running_desk(path: Path) -> dict[str, Any] | None:
    """What the desk wrote last, None when it is older than a running desk's would be."""
    try:
        status: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        age_s = SystemClock().now() - float(status["at_s"])
        alive = is_there(int(status["pid"])) is not False  # one that was killed leaves its last status behind
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return status if alive and age_s < FRESH_S else None
