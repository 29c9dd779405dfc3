"""Takes out of a report what has no business in it: keys, what an address asked for, whose machine this is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from core.log import MASK, masked

_QUERY = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>?#]*)[?#][^\s\"'<>]*")
_MAIL = re.compile(r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\b")
# Whatever is long and mixes letters and digits is taken for a key: hashes and tokens are no help in a report either.
_LONG = re.compile(r"(?<![A-Za-z0-9/_.+-])(?=[A-Za-z0-9+_-]*[0-9])(?=[A-Za-z0-9+_-]*[A-Za-z])[A-Za-z0-9+_-]{32,}={0,2}")


def scrubbed(text: str, home: Path | None = None) -> str:
    """The secrets of this session go as the log knows them, and whatever looks like one."""
    text = masked(text)
    text = _QUERY.sub(rf"\1?{MASK}", text)
    text = _MAIL.sub(MASK, text)
    text = _LONG.sub(MASK, text)
    return _without_home(text, home or Path.home())


def without_names(text: str, names: Iterable[str]) -> str:
    """The same with every account's name replaced by `account 1`, `account 2`, ...; names of one letter stay."""
    numbered = {name: number for number, name in enumerate(names, start=1) if len(name) > 1}
    if not numbered:
        return text
    # Longest first, and whole words alone: "alpha" is part of "alpha-1", and of the word alphabet.
    words = "|".join(map(re.escape, sorted(numbered, key=len, reverse=True)))
    return re.sub(rf"(?<![\w.-])({words})(?![\w-])", lambda match: f"account {numbered[match[1]]}", text)


def _without_home(text: str, home: Path) -> str:
    for folder in dict.fromkeys((str(home), home.as_posix(), str(home).replace("\\", "\\\\"))):
        if len(folder) > 3:  # the root of a disk is nobody's home
            text = text.replace(folder, "~")
    return text
