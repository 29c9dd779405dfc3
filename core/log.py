"""Logging: one bounded file, brief words on the terminal, and no secret in either."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO
from urllib.parse import quote, quote_plus

from core.clock import utc_text

FILE_NAME = "scram.log"
FILE_BYTES = 5_000_000
FILES_KEPT = 5
MASK = "***"

_SHORTEST_SECRET = 6
"""Masking a user id of two digits would make every number in the log unreadable."""

# ccxt writes whole requests, headers included, at DEBUG; the others say much that nobody reads.
_NOISY: Mapping[str, int] = {
    "aiohttp.access": logging.WARNING,
    "aiohttp.client": logging.WARNING,
    "asyncio": logging.WARNING,
    "ccxt": logging.WARNING,
    "keyring": logging.WARNING,
    "qasync": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "urllib3": logging.WARNING,
}

_SECRET_NAMES = (
    "signature|sign|api[-_]?key|api[-_]?secret|secret|passphrase|password|private[-_]?key|access[-_]?token|token|"
    "listen[-_]?key|x-mbx-apikey|x-bapi-api-key|x-bapi-sign|ok-access-[a-z]+|authorization"
)
_PATTERNS = (
    # name=value in an address or a form
    (re.compile(rf"(?i)\b({_SECRET_NAMES})=([^&\s\"'<>;,)]+)"), rf"\1={MASK}"),
    # "name": "value" in JSON and in the repr of a dictionary; also a header
    (re.compile(rf"(?i)([\"']?\b(?:{_SECRET_NAMES})[\"']?\s*:\s*)([\"'])(?:(?!\2).)*\2"), rf"\1\2{MASK}\2"),
    (re.compile(r"(?im)^(authorization|x-mbx-apikey|ok-access-[a-z]+):[ \t]*\S.*$"), rf"\1: {MASK}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    # scheme://user:password@host
    (re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^/@\s:]*):[^/@\s]+@"), rf"\1:{MASK}@"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
)


class Redactor(logging.Filter):
    """Masks known secrets, and whatever looks like one, in every record that passes, its traceback included."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets: tuple[str, ...] = ()
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Mask these too from now on, also as they look within an address and within JSON."""
        forms = set(self._secrets)
        for secret in secrets:
            if len(secret) >= _SHORTEST_SECRET:
                forms |= {
                    secret,
                    quote(secret, safe=""),
                    quote_plus(secret),
                    json.dumps(secret)[1:-1],
                    repr(secret)[1:-1],
                }
        # Longest first: a secret that contains another must not be masked in part.
        self._secrets = tuple(sorted(forms, key=lambda form: (-len(form), form)))

    def mask(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        # The record itself is changed, once for all handlers: one that was added elsewhere must not show more.
        try:
            text = record.getMessage()
        except Exception:  # a wrong number of arguments; logging would print them all to stderr
            text = f"{record.msg} (its arguments do not fit)"
        record.msg, record.args = self.mask(text), ()
        if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
        if record.exc_text:
            record.exc_text = self.mask(record.exc_text)
        if record.stack_info:
            record.stack_info = self.mask(record.stack_info)
        return True


def mask_from_now_on(secrets: Iterable[str]) -> None:
    """Have the log that is set up mask these too."""
    told = tuple(secrets)
    for handler in logging.getLogger().handlers:
        for part in handler.filters:
            if isinstance(part, Redactor):
                part.add(told)


def masked(text: str) -> str:
    """As the log that is set up masks it, with every secret that it was told; else what looks like one."""
    filters = [part for handler in logging.getLogger().handlers for part in handler.filters]
    redactor = next((part for part in filters if isinstance(part, Redactor)), None)
    return (redactor or Redactor()).mask(text)


class _FileFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-8s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (logging's name)
        return utc_text(record.created)


class _BriefFormatter(logging.Formatter):
    """One line for a person at a terminal; the traceback is in the file."""

    def format(self, record: logging.LogRecord) -> str:
        return f"scram: {record.levelname.lower()}: {record.getMessage()}"


def set_up_logging(
    logs: Path | None,
    *,
    file_name: str = FILE_NAME,
    level: int = logging.INFO,
    terminal_level: int = logging.WARNING,
    terminal: TextIO | None = None,
    secrets: Iterable[str] = (),
) -> Redactor:
    """Send the log to a file in the folder `logs` and, from `terminal_level` on, to stderr.

    A file that cannot be opened is said on the terminal and nothing more: the stop needs no log. Called again it takes
    the place of the former set-up. Secrets that turn up later go to `Redactor.add`. Every process that stays needs a
    `file_name` of its own: two cannot turn over the same file.
    """
    redactor = Redactor(secrets)
    root = logging.getLogger()
    remove_logging()
    to_terminal = logging.StreamHandler(terminal or sys.stderr)
    to_terminal.setFormatter(_BriefFormatter())
    _attach(root, to_terminal, terminal_level, redactor)
    root.setLevel(min(level, terminal_level))
    for name, quiet in _NOISY.items():
        logging.getLogger(name).setLevel(max(quiet, level))
    if logs is not None:
        try:
            path = logs / file_name
            to_file = RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT - 1, encoding="utf-8")
        except OSError as error:
            root.warning("the log file %s cannot be written: %s", logs / file_name, error.strerror)
        else:
            to_file.setFormatter(_FileFormatter())
            _attach(root, to_file, level, redactor)
    return redactor


def remove_logging() -> None:
    """Take away and close what `set_up_logging` put up; handlers of others stay."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if getattr(handler, "is_scrams", False)]:
        root.removeHandler(handler)
        handler.close()


def _attach(root: logging.Logger, handler: logging.Handler, level: int, redactor: Redactor) -> None:
    handler.setLevel(level)
    handler.addFilter(redactor)
    handler.is_scrams = True  # type: ignore[attr-defined]
    root.addHandler(handler)
