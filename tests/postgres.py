"""A PostgreSQL server of the tests' own: Debian's binaries, an unprivileged user, a socket in a folder that goes."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

STARTS_WITHIN_S = 60.0
_PORT = 5432
"""Only part of the name of its socket: it listens on no network."""


class NoServer(Exception):
    """Says why there can be none here."""


@dataclass(frozen=True)
class Server:
    socket: Path

    def url(self, database: str = "postgres", user: str = "scram") -> str:
        return f"postgresql+pg8000://{user}@/{database}?unix_sock={self.socket}"

    def make(self, name: str) -> str:
        """The address of an empty schema: that of a new user, who finds his own first.

        A database of its own would be three hundred files each, and these take longer than the test.
        """
        engine = sa.create_engine(self.url(), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(f'CREATE ROLE "{name}" LOGIN SUPERUSER')
            connection.exec_driver_sql(f'CREATE SCHEMA "{name}" AUTHORIZATION "{name}"')
        return self.url(user=name)


def programs() -> Path:
    """The folder with `initdb` and `postgres`, the newest there is. Raises NoServer."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    if initdb is None:
        raise NoServer("PostgreSQL is not installed: its initdb is neither in PATH nor under /usr/lib/postgresql")
    return Path(initdb).resolve().parent


@contextmanager
def running(**options: str) -> Iterator[Server]:
    """`options` are settings of the server. Raises NoServer."""
    bin_folder, folder = programs(), Path(tempfile.mkdtemp(prefix="scram-pg-"))
    person = _unprivileged(folder)
    data, log = folder / "data", folder / "log"
    try:
        _make_cluster(bin_folder, data, folder, person)
        settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off", **options}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with log.open("wb") as out:
            server = subprocess.Popen(
                [bin_folder / "postgres", "-D", data, "-p", str(_PORT), *arguments],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder, **person,
            )  # fmt: skip
        try:
            made = Server(folder / f".s.PGSQL.{_PORT}")
            _wait(made, server, log)
            yield made
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing of it is needed any more
            try:
                server.wait(30.0)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """What a process is started with, and `folder` given to it: the server refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        environ = {**os.environ, "HOME": str(folder), "USER": name, "LOGNAME": name}
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "env": environ}
    raise NoServer("PostgreSQL does not run as root, and there is no user nobody to run it as")


def _make_cluster(bin_folder: Path, data: Path, folder: Path, person: dict[str, Any]) -> None:
    command = [bin_folder / "initdb", "-D", data, "-U", "scram", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    try:
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, **person)
    except OSError as error:
        raise NoServer(f"{bin_folder / 'initdb'} cannot be run: {error.strerror}") from None
    assert made.returncode == 0, made.stdout + made.stderr


def _wait(made: Server, server: subprocess.Popen[bytes], log: Path) -> None:
    engine = sa.create_engine(made.url(), poolclass=sa.NullPool)
    deadline = time.monotonic() + STARTS_WITHIN_S
    while True:
        assert server.poll() is None, log.read_text("utf-8", "replace")
        try:
            with engine.connect():
                return
        except sa.exc.DBAPIError:
            assert time.monotonic() < deadline, log.read_text("utf-8", "replace")
            time.sleep(0.05)
