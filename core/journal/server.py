"""How a PostgreSQL server is reached: with pg8000, and by the variables and the password file that its own tools take.

https://www.postgresql.org/docs/current/libpq-envars.html and .../libpq-pgpass.html; pg8000 itself looks at neither.
"""

from __future__ import annotations

import getpass
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL

DRIVER = "postgresql+pg8000"
PATIENCE_S = 5.0
"""How long the writer waits for a server that says nothing; what it writes waits in memory and in the spill file."""
LOCK_MS = 250
"""How long one attempt waits for somebody else's lock."""


def server_url(url: URL, environ: Mapping[str, str], home: Path) -> URL:
    """`url` with driver, user and password filled in where it leaves them out. The password is never shown by `str`."""
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername=DRIVER)
    url = url.set(username=url.username or environ.get("PGUSER") or _login())
    if url.password is None:
        url = url.set(password=environ.get("PGPASSWORD") or _from_file(url, environ, home))
    return url


def connect_arguments(url: URL, patience_s: float | None) -> dict[str, object]:
    return {"timeout": patience_s} if url.drivername == DRIVER and patience_s is not None else {}


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container without a user entry
        return "postgres"


def _from_file(url: URL, environ: Mapping[str, str], home: Path) -> str | None:
    """The first line that fits: host:port:database:user:password, where `*` is anything and a backslash escapes."""
    path = Path(environ.get("PGPASSFILE") or home / ".pgpass")
    wanted = (url.host or "localhost", str(url.port or 5432), url.database or url.username, url.username)
    try:
        if sys.platform != "win32" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            return None  # others may read it: the server's own tools ignore it then too
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return None
    for line in lines:
        parts = [re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\):", line, maxsplit=4)]
        fits = len(parts) == 5 and all(part in ("*", want) for part, want in zip(parts, wanted, strict=False))
        if fits and not line.startswith("#"):
            return parts[4]
    return None
