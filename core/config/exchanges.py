"""Which exchanges ccxt knows, told without importing ccxt (which takes more than a second)."""

from __future__ import annotations

import functools
import importlib.util
import pkgutil
from pathlib import Path


@functools.cache
def known_exchanges() -> frozenset[str]:
    """Every id that ccxt.pro, which the venue adapter uses, has a module for.

    Empty where that cannot be told, and then nothing is checked.
    """
    return _modules("pro")


@functools.cache
def exchanges_without_streams() -> frozenset[str]:
    """The ids that ccxt can only ask, and not listen to."""
    return _modules("") - known_exchanges()


def _modules(package: str) -> frozenset[str]:
    # Looking for "ccxt.pro" would import ccxt; its top level alone is only located. pkgutil asks the finder instead of
    # the disk, so that a packaged program, which has no loose files, gives the same answer.
    try:
        spec = importlib.util.find_spec("ccxt")
    except ValueError:
        return frozenset()
    if spec is None or spec.submodule_search_locations is None:
        return frozenset()
    folders = [str(Path(folder) / package) for folder in spec.submodule_search_locations]
    return frozenset(module.name for module in pkgutil.iter_modules(folders) if not module.ispkg)
