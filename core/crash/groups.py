"""Unexpected errors by where they arose: each place once, with how often and when.

Counted from any thread. However many come, what is kept is bounded: a fault in a timer floods neither screen nor disk.
"""

from __future__ import annotations

import re
import threading
import traceback
from dataclasses import dataclass, replace

MOST_GROUPS = 40
"""Different faults that are told one by one; further ones are counted together."""
LONGEST_TEXT = 12_000
OTHERS = "further faults"


@dataclass(frozen=True, slots=True)
class FaultGroup:
    door: str
    """Through which of the doors it left."""
    what: str
    """The kind of error, or Qt's own words."""
    where: str
    """Function and line where it arose, "" where that is not known."""
    text: str
    """The traceback, or all that is known; not scrubbed yet."""
    count: int
    first_at_s: float
    """Wall time."""
    last_at_s: float

    @property
    def line(self) -> str:
        place = f" in {self.where}" if self.where else ""
        return f"{self.what}{place}"


class FaultGroups:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: dict[str, FaultGroup] = {}

    @property
    def groups(self) -> tuple[FaultGroup, ...]:
        with self._lock:
            return tuple(self._groups.values())

    @property
    def count(self) -> int:
        return sum(group.count for group in self.groups)

    def add(self, door: str, error: BaseException | None, words: str, at_s: float) -> bool:
        """Whether it is a fault of a kind that was not there yet."""
        key, what, where = _name_of(error, words)
        with self._lock:
            if key not in self._groups and len(self._groups) >= MOST_GROUPS:
                key, what, where, error, words = OTHERS, OTHERS, "", None, ""
            known = self._groups.get(key)
            if known is not None:
                self._groups[key] = replace(known, count=known.count + 1, last_at_s=at_s)
                return False
            self._groups[key] = FaultGroup(door, what, where, _text_of(error, words), 1, at_s, at_s)
            return True


def _name_of(error: BaseException | None, words: str) -> tuple[str, str, str]:
    """What tells it from others, its name, and where it arose."""
    if error is None:
        name = words.strip().splitlines()[0][:200] if words.strip() else "an error without words"
        return "text " + re.sub(r"\d+|0x[0-9a-f]+", "#", name), name, ""
    frames = traceback.extract_tb(error.__traceback__)
    kind = type(error).__name__
    # Not its words: they may hold a time or a number, and each would be a fault of its own.
    key = "|".join([type(error).__qualname__, *(f"{frame.filename}:{frame.lineno}" for frame in frames)])
    return key, kind, f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""


def _text_of(error: BaseException | None, words: str) -> str:
    text = "".join(traceback.format_exception(error)).rstrip() if error is not None else words
    if len(text) <= LONGEST_TEXT:
        return text
    half = LONGEST_TEXT // 2
    return f"{text[:half]}\n[...]\n{text[-half:]}"
