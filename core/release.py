"""Which release this is."""

from __future__ import annotations

import contextlib
import importlib.metadata


def product_version() -> str:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version("scram")
    return "of unknown version"
