"""What is loaded only once the first window stands: by name, in a thread, so that the window answers meanwhile.

Of the second that all of it takes, the engine with its database and network libraries is the most.
"""

from __future__ import annotations

import asyncio
import importlib

ENGINE = ("core.engine.engine", "core.engine.build", "core.engine.stopping")
PLOTS = ("pyqtgraph",)
"""Needed with the first figures: before there are any, no plot is made."""


async def load(names: tuple[str, ...]) -> None:
    """Returns when all of them are there; an error of theirs is raised here."""
    await asyncio.to_thread(_load, names)


def _load(names: tuple[str, ...]) -> None:
    for name in names:
        importlib.import_module(name)
