"""What others ask of an account's holdings: its open positions in the venue's terms, and why its equity is unknown."""

from __future__ import annotations

import math

from core.book.accounts import Accounts
from core.book.positions import LEGS, Positions
from core.venues.messages import PositionUpdate, Source


def open_positions(account: int, accounts: Accounts, positions: Positions) -> tuple[PositionUpdate, ...]:
    """Open positions as the venue says; coins are no positions."""
    slots, marks = positions.slots, positions.marks
    began_s = float(accounts.began_s[account])
    found = []
    for slot in positions.of_account(account):
        instrument, quantity = int(slots.instrument[slot]), float(slots.quantity[slot])
        if quantity == 0.0 or marks.table.coin[instrument]:
            continue
        level, said_s = float(slots.cost[slot]) / quantity, float(slots.said_s[slot])
        found.append(
            PositionUpdate(
                account=accounts.entries[account].name,
                symbol=marks.symbols[instrument][1],
                leg=LEGS[int(slots.leg[slot])],
                quantity=quantity,
                entry_price=_or_none(-1.0 / level if marks.table.inverse[instrument] else level),
                source=Source.STREAM if said_s > began_s else Source.READING,
                received_s=max(said_s, began_s),
                initial_margin_rate=_or_none(float(slots.initial_rate[slot])),
                maintenance_margin_rate=_or_none(float(slots.maintenance_rate[slot])),
                liquidation_price=_or_none(float(slots.liquidation[slot])),
            )
        )
    return tuple(found)


def why_unknown(account: int, accounts: Accounts, positions: Positions) -> tuple[str, ...]:
    """Sentences that say why the account's equity cannot be told; none when it can."""
    if not accounts.read[account]:
        return (f"{accounts.entries[account].name} was never read",)
    slots, marks, out = positions.slots, positions.marks, [why for _, why in accounts.doubts[account].values()]
    for slot in positions.of_account(account):
        instrument = int(slots.instrument[slot])
        if slots.quantity[slot] == 0.0:
            continue
        symbol, settle = marks.symbols[instrument][1], int(marks.table.settle[instrument])
        if math.isnan(marks.level(instrument)):
            out.append(marks.why_no_mark(instrument))
        elif math.isnan(slots.base_cost[slot]) and not slots.in_wallet[slot]:
            # Where the wallet holds its PnL it needs none: the next view counts from the mark.
            out.append(f"the venue names no entry price for {symbol}")
        if settle < 0:
            out.append(f"nobody says what {symbol} settles in")
        elif math.isnan(marks.rate(settle)):
            out.append(marks.why_unknown(marks.coins[settle]))
    return tuple(dict.fromkeys(out))


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
