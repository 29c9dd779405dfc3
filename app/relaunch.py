"""How Scram starts itself again, from a checkout or packaged, and what the packaging must not pass on to others."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

_LIBRARY_PATHS = ("LD_LIBRARY_PATH", "LIBPATH")


def is_packaged() -> bool:
    """Whether this is the packaged application, which has no Python beside it."""
    return bool(getattr(sys, "frozen", False))


def own_command() -> tuple[str, ...]:
    """The words that start another Scram like this one; what it shall do is put behind them."""
    return (sys.executable,) if is_packaged() else (sys.executable, "-m", "app")


def restore_environment(environ: MutableMapping[str, str] = os.environ) -> None:
    """Give the programs that are started from here the system's libraries back.

    The packaged application's starter points the loader at its own folder, for every program after it too
    (https://pyinstaller.org/en/stable/runtime-information.html#ld-library-path-libpath-considerations): a command that
    pauses a bot would run on our OpenSSL. The loader read it when this process began: nothing here needs it any more.
    """
    if not is_packaged():
        return
    for name in _LIBRARY_PATHS:
        before = environ.pop(f"{name}_ORIG", None)
        if before is not None:
            environ[name] = before
        else:
            environ.pop(name, None)
