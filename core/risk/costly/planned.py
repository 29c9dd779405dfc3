"""The inputs of the costly columns for a book that is only planned: those of their newest run, with less held."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.book.columns import Floats, Ints
from core.risk.costly.inputs import CostlyInputs


@dataclass(frozen=True, slots=True)
class Closed:
    """What is closed; arrays of shape (parts,)."""

    account: Ints
    instrument: Ints
    strategy: Ints
    """0 .. strategies - 1, the last is `unattributed`."""
    quantity: Floats
    """Signed as what is held."""
    cost: Floats
    """Base currency, paid in what the position settles in."""


def inputs_after(
    inputs: CostlyInputs, closed: Closed, cost: Floats, gross: Floats, initial: Floats, maintenance: Floats
) -> CostlyInputs:
    """`cost` and `gross` (what gross exposure moves by) have the shape (scopes,), the margins' moves (accounts,).

    The newest run may be a few seconds older than the plan: of what is held by less then, all is taken.
    """
    held = inputs.holdings
    some = np.flatnonzero(np.isin(held.account, closed.account))
    columns = (held.account[some], held.instrument[some], held.strategy[some], held.quantity[some] > 0.0)
    places = dict(zip(zip(*(column.tolist() for column in columns), strict=True), some.tolist(), strict=True))
    quantity, notional = held.quantity.copy(), held.notional.copy()
    wanted = (closed.account, closed.instrument, closed.strategy, closed.quantity > 0.0)
    keys = zip(*(column.tolist() for column in wanted), strict=True)
    value = inputs.collateral.value.copy()
    coins = zip(inputs.collateral.account.tolist(), inputs.collateral.coin.tolist(), strict=True)
    purses = {place: number for number, place in enumerate(coins)}
    for key, taken, paid in zip(keys, closed.quantity.tolist(), closed.cost.tolist(), strict=True):
        row = places.get(key)
        purse = purses.get((key[0], int(held.coin[row]))) if row is not None else None
        if purse is not None:
            value[purse] -= paid
        if row is None or not quantity[row]:
            continue
        left = 0.0 if abs(taken) >= abs(quantity[row]) else float(quantity[row]) - taken
        notional[row] *= left / quantity[row]
        quantity[row] = left
    return replace(
        inputs,
        holdings=replace(held, quantity=quantity, notional=notional),
        collateral=replace(inputs.collateral, value=value),
        equity=inputs.equity - cost,
        gross=np.maximum(inputs.gross + gross, 0.0),
        initial_margin=inputs.initial_margin + initial,
        maintenance_margin=inputs.maintenance_margin + maintenance,
    )
