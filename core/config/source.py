"""The text of a configuration file: read it, find its tables, take it apart where it is broken."""

from __future__ import annotations

import codecs
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ConfigError

# A header without a dot begins a block: [stop], [[accounts]]. [accounts.ccxt] belongs to the block above it. Hardly a
# line within a list looks like that: a bare word is no value, and of quoted ones only a row of ours alone counts.
_ROWS = "accounts|egress|strategies|limits|profiles|assign|shocks"
_HEADER = re.compile(
    rf"""[ \t]*(?:
        \[\[?[ \t]* (?!(?:true|false|inf|nan)\b) ([A-Za-z_][\w-]*) [ \t]*\]
      | \[\[ [ \t]* ["'] ({_ROWS}) ["'] [ \t]*\]\] [ \t]*(?:\#.*)?$
      | \[\[[ \t]* ({_ROWS}) [ \t]*$
    )""",
    re.VERBOSE,
)
# What a cut through a header leaves on the last line.
_CUT_HEADER = re.compile(r"[ \t]*(\[\[?)[ \t]*[\"']?([A-Za-z_]?[\w-]*)[\"']?[ \t]*\]?")
_POSITION = re.compile(r"\(at (line \d+, column \d+|end of document)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """The text from one header to the next; `header` is "" for what stands above the first."""

    header: str
    line: int
    """Of the header, counted from 1."""
    text: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a text is no TOML, and where."""

    reason: str
    at: str
    """`line 3, column 7` or `end of document`."""

    @property
    def half_written(self) -> bool:
        return self.at == "end of document"

    def __str__(self) -> str:
        if self.half_written:
            return f"it ends in the middle of a value, as if half written ({self.reason})"
        return f"{self.at}: {self.reason}" if self.at else self.reason


def read_bytes(path: Path, hint: str = "copy the sample configuration there to begin") -> bytes:
    """Raises ConfigError in one sentence; `hint` says what to do where there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; {hint}") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: this is a folder and not a file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: the file cannot be read: {reason}") from None


def decode(raw: bytes) -> str:
    """Raises ConfigError without the file's name where this is not UTF-8 text."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ConfigError("the file is saved as UTF-16; save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"the file is not UTF-8: line {line} holds the byte 0x{raw[error.start]:02x}") from None


def decode_somehow(raw: bytes) -> str:
    """Every readable character; what cannot be read becomes U+FFFD."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace")
    return raw.decode("utf-8-sig", errors="replace")


def parse(text: str) -> dict[str, Any] | Broken:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        at = found.group(1) if found else ""
        reason = str(error)[: found.start()].strip() if found else str(error)
        return Broken(reason[:1].lower() + reason[1:], at)
    except (ValueError, OverflowError):  # a whole number or a date beyond what Python reads
        return Broken("a number, a date or a time in it is beyond what can be read", "")
    except RecursionError:
        return Broken("tables or lists are nested too deeply", "")


def blocks(text: str) -> list[Block]:
    """The text cut before every header; joined again they are the text.

    A header inside a multi-line string cuts too: whoever parses the blocks joins them again where one does not parse.
    """
    found: list[Block] = []
    header, begin_line, kept = "", 1, list[str]()
    lines = re.split(r"(?<=\n)", text)
    for number, line in enumerate(lines, start=1):
        name = _header_of(line, last=number == len(lines))
        if name is not None:
            found.append(Block(header, begin_line, "".join(kept)))
            header, begin_line, kept = name, number, []
        kept.append(line)
    found.append(Block(header, begin_line, "".join(kept)))
    return found


def _header_of(line: str, *, last: bool) -> str | None:
    found = _HEADER.match(line)
    if found:
        return next(name for name in found.groups() if name)
    cut = _CUT_HEADER.fullmatch(line) if last else None
    if cut is None:
        return None
    bracket, name = cut.groups()
    # "[accou" can only have become "[accounts.ccxt]": the account above is cut too and must not pass for whole.
    return None if bracket == "[" and name and "accounts".startswith(name) else name
