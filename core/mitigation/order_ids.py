"""The client ids of mitigating orders, from which order, plan and event can be told of each other.

`scm` + 12 letters of the mitigation's id + `x` + 8 of its event's + `r` + place of the reduction + `n` + number of the
slice, both counted from 1, three digits in base 36: `scm4a4a8888abcdx0f0e6b1cr001n001`. That is 32 letters and digits,
all that OKX takes (https://www.okx.com/docs-v5/en/#order-book-trading-trade-post-place-order, `clOrdId`); Binance and
Bybit take 36. Every id follows from the plan alone, so that its orders can be found again without a list of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.mitigation.model import Mitigation

PLAN, EVENT = 12, 8
MOST = 36**3 - 1
"""Reductions of one plan, and slices of one reduction."""
PATTERN = re.compile(
    rf"scm(?P<plan>[0-9a-zA-Z]{{{PLAN}}})x(?P<event>[0-9a-zA-Z]{{{EVENT}}})r(?P<place>[0-9a-z]{{3}})n(?P<slice>[0-9a-z]{{3}})"
)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class OrderName:
    """What a client id says."""

    plan: str
    """The short form of a mitigation's id."""
    event: str
    """The short form of its event's id."""
    place: int
    """Of the reduction in the plan, from 1."""
    number: int
    """Of the slice, from 1."""

    def belongs_to(self, mitigation: Mitigation) -> bool:
        return (self.plan, self.event) == (short(mitigation.mitigation_id, PLAN), short(mitigation.event_id, EVENT))


def order_id(mitigation: Mitigation, place: int, number: int) -> str:
    """Of the slice `number` of the reduction at `place`, both from 1. Raises ValueError beyond `MOST`."""
    if not (1 <= place <= MOST and 1 <= number <= MOST):
        raise ValueError(f"a plan has at most {MOST} reductions of at most {MOST} slices")
    plan, event = short(mitigation.mitigation_id, PLAN), short(mitigation.event_id, EVENT)
    return f"scm{plan}x{event}r{_base36(place)}n{_base36(number)}"


def parse(client_order_id: str) -> OrderName | None:
    """None where it is no mitigating order's."""
    found = PATTERN.fullmatch(client_order_id)
    if found is None:
        return None
    return OrderName(found["plan"], found["event"], int(found["place"], 36), int(found["slice"], 36))


def mitigation_of(client_order_id: str, mitigations: Iterable[Mitigation]) -> Mitigation | None:
    """Which of them sent the order; None where none did."""
    name = parse(client_order_id)
    return None if name is None else next((row for row in mitigations if name.belongs_to(row)), None)


def short(identifier: str, length: int) -> str:
    """Its last letters and digits, filled up with zeros on the left."""
    letters = "".join(letter for letter in identifier if letter.isascii() and letter.isalnum())
    return letters[-length:].rjust(length, "0")


def _base36(number: int) -> str:
    """Three digits."""
    return "".join(_DIGITS[number // 36**power % 36] for power in (2, 1, 0))
