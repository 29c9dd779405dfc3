"""Money that comes and goes: told apart from profit by what positions, prices and fills do not explain.

Per account a residual is kept: the jumps of equity (wallet and position updates, at the marks of that moment) less what
fills and ledger flows explain. Prices never enter it, they move equity without a jump. It is

    small                        PnL (interest, rounding, funding): let go after `settle_s`
    large                        pending: left out of unit values like a flow, so that nothing trips; UNSETTLED
    large, quiet, read again     a suspected flow; or PnL, where a position changed that no fill explains

A ledger entry that comes later explains the suspicion; one that comes before the money does makes the residual pending
with the other sign, so that both together are nothing.
"""

from __future__ import annotations

import enum
import math
from collections import OrderedDict, deque
from dataclasses import dataclass

import numpy as np

from core.book.columns import NEVER, Bools, Floats
from core.domain import FlowKind

TOLERANCE_SHARE = 0.0025
TOLERANCE = 1.0
"""Base currency."""
PRICE_NOISE = 0.005
"""Of the notional whose PnL is in the balance: the venue's marks at its moment differ from ours at the next."""
NOTABLE_SHARE = 0.1
"""Of the tolerance: a smaller jump does not put off the decision on what is pending."""
CENT = 0.01
"""Base currency: what the venue calls a flow is one from here on, however small."""
MATCH_SHARE = 0.02
"""How far a ledger's amount may be from a suspicion, which was valued at another moment."""
PRICE_SHARE = 0.5
"""Missed fills explain a residual up to this share of the notional that changed: prices do not lie further off."""
SEEN_FLOWS = 5_000
KEPT = 200

_FLOW_WORDS = ("DEPOSIT", "WITHDRAW", "TRANSFER")


def says_flow(reason: str) -> bool:
    """Whether the venue's own word for a balance change is that of a flow."""
    word = reason.upper()
    return any(mark in word for mark in _FLOW_WORDS)


def says_pnl(reason: str) -> bool:
    """Whether the venue's own word is that of a cost or gain of holding."""
    word = reason.upper()
    return "FUNDING" in word or "INTEREST" in word


class FlowState(enum.StrEnum):
    SUSPECTED = "suspected"
    EXPLAINED = "explained"
    """A ledger entry for it came later."""


@dataclass(frozen=True, slots=True)
class SuspectedFlow:
    flow_id: str
    account: str
    amount: float
    """Base currency; positive into the account."""
    at_s: float
    """Wall time."""
    kind: FlowKind
    state: FlowState
    reason: str = ""
    """The venue's own word, "" where it gave none."""


class Flows:
    """Arrays of shape (accounts,), amounts in the base currency, positive into the account."""

    def __init__(self, names: list[str], settle_s: float) -> None:
        count = len(names)
        self.settle_s = settle_s
        self.residual: Floats = np.zeros(count)
        self.changed_s: Floats = np.full(count, NEVER)
        self.explained: Floats = np.zeros(count)
        self.suspected: Floats = np.zeros(count)
        self.tolerated: Floats = np.full(count, TOLERANCE)
        """A residual up to this is PnL."""
        self.dirty: Bools = np.zeros(count, dtype=np.bool_)
        self.told: dict[int, str] = {}
        """Accounts whose pending residual the venue itself called a flow."""
        self.moved: dict[int, dict[int, float]] = {}
        """Per account and instrument: change of position that no fill explains (yet), in base units."""
        self.seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.suspicions: deque[SuspectedFlow] = deque(maxlen=KEPT)
        self._names = names
        self._ledger: dict[int, deque[float]] = {}
        self._events: list[SuspectedFlow] = []
        self._number = 0

    def jump(self, account: int, value: float, at_s: float) -> None:
        """Equity jumped by `value` (or a fill explains `-value` of it)."""
        if value == 0.0:
            return
        self.residual[account] += value
        self.dirty[account] = True
        if abs(value) > NOTABLE_SHARE * self.tolerated[account]:
            self.touch(account, at_s)

    def touch(self, account: int, at_s: float) -> None:
        self.changed_s[account] = max(float(self.changed_s[account]), at_s)
        self.dirty[account] = True

    def move(self, account: int, instrument: int, quantity: float) -> None:
        """A position changed by `quantity`, or a fill explains `-quantity` of it."""
        moved = self.moved.setdefault(account, {})
        left = moved.get(instrument, 0.0) + quantity
        if abs(left) <= 1e-9 * abs(quantity):
            moved.pop(instrument, None)
        else:
            moved[instrument] = left

    def is_new(self, account: str, flow_id: str) -> bool:
        if (account, flow_id) in self.seen:
            return False
        self.seen[(account, flow_id)] = None
        while len(self.seen) > SEEN_FLOWS:
            self.seen.popitem(last=False)
        return True

    def ledger(self, account: int, value: float, at_s: float) -> None:
        """A ledger entry, once: it explains an open suspicion, or is on its way into the wallet."""
        self.explained[account] += value
        name = self._names[account]
        for index, flow in enumerate(self.suspicions):
            if flow.account == name and flow.state is FlowState.SUSPECTED and _alike(flow.amount, value):
                self.suspicions[index] = _explained(flow)
                self._events.append(self.suspicions[index])
                self.suspected[account] -= flow.amount
                self.jump(account, flow.amount - value, at_s)
                return
        self._ledger.setdefault(account, deque(maxlen=32)).append(value)
        self.jump(account, -value, at_s)

    def scale(self, equity: Floats, in_balance: Floats) -> None:
        """Set what is tolerated from the equity and the gross notional whose PnL is in the balance, per account."""
        usual = TOLERANCE_SHARE * np.abs(np.nan_to_num(equity)) + PRICE_NOISE * np.nan_to_num(in_balance)
        self.tolerated = np.maximum(TOLERANCE, usual)

    def pending(self) -> Bools:
        """Shape (accounts,): whether the residual is too large to be let go."""
        told = np.zeros(len(self.residual), dtype=np.bool_)
        if self.told:
            told[list(self.told)] = True
        size = np.abs(self.residual)
        found: Bools = (size > self.tolerated) | (told & (size > CENT))
        return found

    def settle(self, pending: Bools, read_began_s: Floats, now_s: float, at_s: float, worths: Floats) -> None:
        """Let small residuals go and decide large ones; `worths` is base currency per unit of each instrument."""
        quiet = self.dirty & (now_s - self.changed_s >= self.settle_s)
        if not quiet.any():
            return
        confirmed = quiet & (read_began_s > self.changed_s)
        for account in np.flatnonzero(confirmed & pending).tolist():
            confirmed[account] = self._decide(account, at_s, worths)
        for account in [account for account in self.moved if confirmed[account]]:
            del self.moved[account]
        self.residual[quiet & ~pending] = 0.0
        for account in [account for account in self.told if quiet[account] and self.residual[account] == 0.0]:
            del self.told[account]
        # Still dirty while it waits for a reading, so that changes of position are forgiven only by one.
        self.dirty[confirmed] = False

    def _decide(self, account: int, at_s: float, worths: Floats) -> bool:
        """False where it has to wait: what moved has no price at the moment."""
        moved = self.moved.get(account, {})
        notional = math.fsum(abs(quantity * float(worths[row])) for row, quantity in moved.items())
        reason = self.told.get(account, "")
        if not reason and math.isnan(notional):
            return False
        amount = float(self.residual[account])
        self.residual[account] = 0.0
        self.told.pop(account, None)
        if not reason and notional > 0.0 and not abs(amount) > PRICE_SHARE * notional:
            return True
        self.suspected[account] += amount
        if self._is_echo(account, amount):
            return True
        self._number += 1
        name = self._names[account]
        flow_id = f"{name}:{round(at_s * 1000)}:{self._number}"
        flow = SuspectedFlow(flow_id, name, amount, at_s, FlowKind.SUSPECTED, FlowState.SUSPECTED, reason)
        self.suspicions.append(flow)
        self._events.append(flow)
        return True

    def _is_echo(self, account: int, amount: float) -> bool:
        """A ledger entry that never showed in this wallet (it was another wallet's), or shows after all."""
        entries = self._ledger.get(account)
        for value in entries or ():
            if _alike(-value, amount):
                if entries is not None:
                    entries.remove(value)
                    entries.append(amount)
                return True
        return False

    def take_events(self) -> tuple[SuspectedFlow, ...]:
        events, self._events = tuple(self._events), []
        return events


def _alike(one: float, other: float) -> bool:
    return one * other > 0.0 and abs(one - other) <= max(TOLERANCE, MATCH_SHARE * abs(other))


def _explained(flow: SuspectedFlow) -> SuspectedFlow:
    return SuspectedFlow(
        flow.flow_id, flow.account, flow.amount, flow.at_s, flow.kind, FlowState.EXPLAINED, flow.reason
    )
