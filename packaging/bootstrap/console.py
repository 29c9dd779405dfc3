"""What the person at the terminal sees: phases, progress, one clear sentence when something expected goes wrong."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_TAIL_LINES = 8
_TIDY_UP_SECONDS = 5


class Problem(Exception):
    """An expected failure, told in one sentence; `details` are lines worth seeing below it."""

    def __init__(self, sentence: str, details: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = tuple(details)


# What went wrong, and installers' own words for it, the most telling first.
_REASONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "a downloaded file is not the one in the lock (its hash differs)",
        ("do not match the hashes", "hash(es)? mismatch"),
    ),
    ("the disk is full", ("no space left on device", "disk quota exceeded", "not enough space on the disk")),
    (
        "the package index's certificate is not trusted on this machine",
        ("certificate verify failed", "certificate_verify_failed", "invalid peer certificate", "unknownissuer"),
    ),
    ("the package index refused access", (r"\b40[137]\b.*(client error|authentication)", "unauthorized", "forbidden")),
    (
        "the package index cannot be reached",
        (
            "name resolution",
            "temporary failure resolving",
            "name or service not known",
            "getaddrinfo",
            "dns error",
            "failed to lookup address",
            "connection (refused|reset|aborted|timed)",
            "network is unreachable",
            "failed to establish a new connection",
            "newconnectionerror",
            "proxyerror",
            "error sending request",
            "client error \\(connect\\)",
            "failed to fetch",
            "(operation|read) timed out",
            "connecttimeout",
        ),
    ),
    (
        "a file or folder may not be written",
        ("permission denied", "access is denied", "read-only file system", "operation not permitted"),
    ),
    ("the package index cannot be reached or lacks the package", (r"\(from versions: none\)",)),
    (
        "a package has no build for this Python or this system",
        ("no matching distribution", "no solution found", "not available for the current platform", "no wheels"),
    ),
)


def say(line: str) -> None:
    """One line for the person; on stderr, because stdout belongs to the command that is started."""
    print(f"scram: {line}", file=sys.stderr, flush=True)


def mask(text: str) -> str:
    """The text without user names and passwords in URLs."""
    return _CREDENTIALS.sub("****@", text)


def reason(log: str) -> str:
    """Why an installer failed, in plain words, from what it wrote."""
    lowered = log.lower()
    for words, patterns in _REASONS:
        if any(re.search(pattern, lowered) for pattern in patterns):
            return words
    return "the reason is in the lines below"


class Phase:
    """One line per phase. On a terminal the line is rewritten with a counter; elsewhere it is printed once."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._live = sys.stderr.isatty()
        self._shown = ""
        if not self._live:
            say(title)
        self.count("")

    def count(self, note: str) -> None:
        """Show where the phase is, for example "12 of 70"."""
        text = f"scram: {self._title}{' ' + note if note else ''}"
        if self._live and text != self._shown:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
            self._shown = text

    def end(self) -> None:
        """Close the line."""
        if self._live:
            print(file=sys.stderr, flush=True)


def run_logged(
    command: Sequence[str | Path],
    *,
    title: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
    progress: Callable[[str], str] | None = None,
    failure: str,
) -> None:
    """Run an installer, its output in `log` with credentials masked; failing becomes a Problem with the last lines."""
    log.parent.mkdir(parents=True, exist_ok=True)
    phase = Phase(title)
    start = log.stat().st_size if log.exists() else 0
    try:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if environment is None else {**os.environ, **environment},
            )
            _follow(process, phase, lambda: progress(_written(log, start)) if progress else "")
    except FileNotFoundError as error:
        raise Problem(f"{failure}: {command[0]} is not there.") from error
    finally:
        phase.end()
        _mask_file(log)
    if process.returncode:
        text = _written(log, start)
        raise Problem(f"{failure}: {reason(text)}. The whole story: {log}", text.strip().splitlines()[-_TAIL_LINES:])


def _follow(process: "subprocess.Popen[bytes]", phase: Phase, note: Callable[[], str]) -> None:
    try:
        while process.poll() is None:
            phase.count(note())
            time.sleep(0.1)
    except KeyboardInterrupt:
        try:
            process.wait(_TIDY_UP_SECONDS)  # it was interrupted as well, and removes what it unpacked
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            process.terminate()
            process.wait()
        raise


def _written(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode("utf-8", "replace")


def _mask_file(log: Path) -> None:
    if not log.exists():
        return
    text = log.read_text("utf-8", "replace")
    if (masked := mask(text)) != text:
        log.write_text(masked, "utf-8")
