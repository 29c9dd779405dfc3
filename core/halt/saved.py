"""What a stop cancels, kept order by order beside its latch, so that protective orders can be placed again.

One JSON object a line, appended and synced; a line that was cut short by a crash is passed over. An order is written
as it was listed or hinted, before anybody knows what its cancel came to; how it ended follows where the venue says so.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from core.domain import Leg, Side
from core.errors import LatchError
from core.venues.messages import MarginMode, OrderEnd, OrderUpdate, Source
from core.venues.trigger import PriceKind, Trigger

Kind = TypeVar("Kind", MarginMode, PriceKind)

HALT_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class SavedOrder:
    order: OrderUpdate
    """As it was before the stop took it."""
    filled: bool = False
    """Whether the venue said that it was filled instead of cancelled."""
    restored_as: str = ""
    """Client id under which it was placed again, "" when it was not."""


@dataclass(frozen=True, slots=True)
class Filled:
    """An order that the stop saw was filled before its cancel came."""

    account: str
    book: str
    order_id: str


@dataclass(frozen=True, slots=True)
class Restored:
    """A saved order was placed again."""

    account: str
    book: str
    order_id: str
    client_order_id: str


Note = OrderUpdate | Filled | Restored
_NAMES = {OrderUpdate: "order", Filled: "filled", Restored: "restored"}


class SavedOrders:
    """Blocking file work."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, halt_id: str, notes: Iterable[Note]) -> None:
        """Durable when it returns. Raises LatchError."""
        # The line break comes first too: what a crash left of a former line then spoils none of these.
        lines = "".join("\n" + json.dumps({_NAMES[type(note)]: asdict(note)}, sort_keys=True) for note in notes)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._path(halt_id).open("a", encoding="utf-8") as file:
                file.write(lines + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise LatchError(f"cancelled orders cannot be kept in {self._folder}: {error.strerror}") from None

    def read(self, halt_id: str) -> tuple[SavedOrder, ...]:
        """In the order in which they were seen; none where the stop saved nothing. Raises LatchError."""
        try:
            text = self._path(halt_id).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise LatchError(f"cancelled orders cannot be read from {self._folder}: {error.strerror}") from None
        found: dict[tuple[str, str, str], SavedOrder] = {}
        for line in text.splitlines():
            _take(found, line)
        return tuple(found.values())

    def _path(self, halt_id: str) -> Path:
        if not HALT_ID.fullmatch(halt_id):
            raise LatchError(f'"{halt_id}" is not the id of a stop; `scram status` names those that are latched')
        return self._folder / f"{halt_id}.jsonl"


def _take(found: dict[tuple[str, str, str], SavedOrder], line: str) -> None:
    try:
        fields = json.loads(line)
        # Before there were notes of other kinds, a line was the order itself.
        kind, body = ("order", fields) if "order_id" in fields else next(iter(fields.items()))
        key = (str(body["account"]), str(body["book"]), str(body["order_id"]))
        if kind == "order":
            found.setdefault(key, SavedOrder(_order(body)))
        elif kind == "filled" and key in found:
            found[key] = replace(found[key], filled=True)
        elif kind == "restored" and key in found:
            found[key] = replace(found[key], restored_as=str(body["client_order_id"]))
    except (ValueError, TypeError, KeyError, AttributeError, StopIteration):
        return  # cut short, or an empty line between two notes


def _order(fields: dict[str, Any]) -> OrderUpdate:
    """Lines of before there were legs and triggers leave them out: of those nobody knows how they waited."""
    return OrderUpdate(
        **{
            **fields,
            "side": Side(fields["side"]),
            "source": Source(fields["source"]),
            "ended": OrderEnd(fields.get("ended", "")),
            "trigger": _trigger(fields.get("trigger")),
            "leg": Leg(fields.get("leg", Leg.NET)),
            "margin_mode": _known(MarginMode, fields.get("margin_mode")),
        }
    )


def _trigger(fields: dict[str, Any] | None) -> Trigger | None:
    return None if fields is None else Trigger(**{**fields, "watches": _known(PriceKind, fields.get("watches"))})


def _known(kind: type[Kind], word: str | None) -> Kind | None:
    return None if word is None else kind(word)
