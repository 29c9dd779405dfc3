"""Which exchanges ccxt knows, told without importing ccxt (which takes more than a second)."""

from __future__ import annotations

import functools
import importlib.util
import pkgutil


@functools.cache
def known_exchanges() -> frozenset[str]:
    """Every id that ccxt has a module for; empty where that cannot be told, and then nothing is checked."""
    # Looking for "ccxt.NAME" would import ccxt; its top level alone is only located. pkgutil asks the finder instead of
    # the disk, so that a packaged program, which has no loose files, gives the same answer.
    try:
        spec = importlib.util.find_spec("ccxt")
    except ValueError:
        return frozenset()
    if spec is None or spec.submodule_search_locations is None:
        return frozenset()
    return frozenset(
        module.name for module in pkgutil.iter_modules(list(spec.submodule_search_locations)) if not module.ispkg
    )
