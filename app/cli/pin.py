"""`scram pin remove`: what helps where the PIN of the desk's lock is forgotten.

Whoever may run it could read and change the configuration as well: the lock guards a screen, not a machine.
"""

from __future__ import annotations

import os
from pathlib import Path

import typer

from app.settings import DeskSettings
from core.places import find_places
from widgets.settings import LOCK_PIN, LOCK_WRONG


def remove_pin(home: Path | None) -> int:
    file = find_places(home, os.environ).desk_settings
    settings = DeskSettings(file)
    if not settings.value(LOCK_PIN):
        typer.echo(f"there is no PIN in {file}")
        return 0
    settings.keep(LOCK_PIN, "")
    settings.keep(LOCK_WRONG, 0)
    typer.echo(f"the PIN is removed from {file}; a desk that is locked opens within seconds, and its journal says so")
    return 0
