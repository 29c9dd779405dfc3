"""What the book remembers over a restart, as plain JSON: series, peaks, attribution, flows, what was held.

Marks are not kept: a jump found by the first reading is valued at the first fresh mark, never at an old one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.book.accounts import Accounts, FillMemory
from core.book.attribution import OrderNames
from core.book.columns import NEVER
from core.book.flows import Flows, FlowState, SuspectedFlow
from core.book.positions import LEGS, Positions
from core.book.valuation import Valuation
from core.domain import FlowKind, ScopeKind

VERSION = 1
SAVED_FILLS = 50
"""Fill ids kept per account over a restart."""
_SERIES = ("worth", "units", "last_equity", "last_flow", "peak", "day_open", "day_peak", "day")
_SLOT_FIGURES = ("quantity", "cost", "base_cost", "initial_rate", "maintenance_rate")


def save_state(
    at_s: float, accounts: Accounts, positions: Positions, flows: Flows, valuation: Valuation, names: OrderNames
) -> dict[str, Any]:
    """JSON-able; numbers that are not finite become None. `at_s` is wall time."""
    units = valuation.units
    series = {
        str(scope): {name: _plain(float(getattr(units, name)[row])) for name in _SERIES}
        for row, scope in enumerate(valuation.layout.scopes)
    }
    held = {
        entry.name: _account(number, accounts, positions, flows, valuation, names)
        for number, entry in enumerate(accounts.entries)
        if accounts.tracked(number)
    }
    coins = positions.marks.coins
    cash = {
        name: {coins[coin]: float(amount) for coin, amount in enumerate(positions.cash[row]) if amount != 0.0}
        for row, name in enumerate(_strategies(names))
    }
    return {
        "version": VERSION,
        "at_s": at_s,
        "base_currency": positions.marks.base_currency,
        "scopes": series,
        "accounts": held,
        "cash": cash,
        "claims": names.claims(),
        "seen_flows": [list(key) for key in flows.seen],
        "suspected": [_flow_row(flow) for flow in flows.suspicions],
    }


def _account(
    number: int, accounts: Accounts, positions: Positions, flows: Flows, valuation: Valuation, names: OrderNames
) -> dict[str, Any]:
    memory = accounts.fills[number]
    coins = positions.marks.coins
    return {
        "tracked_at_s": float(accounts.tracked_at_s[number]),
        "equity": _plain(float(valuation.known_equity[number])),
        "steady": _plain(float(valuation.known_steady[number])),
        "flow": float(valuation.known_flow[number]),
        "entry": float(valuation.entry[number]),
        "explained": float(flows.explained[number]),
        "suspected": float(flows.suspected[number]),
        "residual": float(flows.residual[number]),
        "includes": {coins[coin]: includes for coin, includes in accounts.includes[number].items()},
        "symbols": sorted(accounts.symbols[number]),
        **_fills(memory),
        "slots": [_slot(slot, positions, names) for slot in positions.of_account(number)],
    }


def _fills(memory: FillMemory) -> dict[str, Any]:
    """The newest fills seen; the state is written often, and older ones count as seen by their time alone."""
    newest = sorted(memory.seen.items(), key=lambda item: item[1])
    left_out, kept = newest[:-SAVED_FILLS], newest[-SAVED_FILLS:]
    forgotten_s = max(memory.forgotten_s, left_out[-1][1]) if left_out else memory.forgotten_s
    return {
        "fills": [[symbol, fill_id, at_s] for (symbol, fill_id), at_s in kept],
        "fills_forgotten_s": _plain(forgotten_s),
    }


def _slot(slot: int, positions: Positions, names: OrderNames) -> dict[str, Any]:
    slots, rows = positions.slots, positions.rows
    endpoint, symbol = positions.marks.symbols[int(slots.instrument[slot])]
    strategies, rest = _strategies(names), int(slots.rest[slot])
    saved: dict[str, Any] = {name: _plain(float(getattr(slots, name)[slot])) for name in _SLOT_FIGURES}
    return saved | {
        "endpoint": endpoint,
        "symbol": symbol,
        "leg": LEGS[int(slots.leg[slot])].value,
        "in_wallet": bool(slots.in_wallet[slot]),
        "owner": strategies[int(rows.strategy[rest])] if rest >= 0 else None,
        "booked": float(rows.booked[rest]) if rest >= 0 else 0.0,
        "parts": {
            strategies[strategy]: [float(rows.quantity[row]), _plain(float(rows.cost[row]))]
            for strategy, row in positions.parts.get(slot, {}).items()
        },
    }


def load_state(
    state: Mapping[str, Any],
    accounts: Accounts,
    positions: Positions,
    flows: Flows,
    valuation: Valuation,
    names: OrderNames,
) -> None:
    if state.get("version") != VERSION or state.get("base_currency") != positions.marks.base_currency:
        # Amounts in another currency mean nothing here: the series begin anew.
        return
    numbers = {name: number for number, name in enumerate(_strategies(names))}
    for name, saved in state["accounts"].items():
        if name in accounts.index:
            _load_account(accounts.index[name], saved, accounts, positions, flows, valuation, numbers)
    for name, amounts in state["cash"].items():
        for coin, amount in amounts.items():
            if name in numbers:
                positions.add_cash(numbers[name], positions.marks.coin(coin), amount)
    for client_order_id, strategy in state["claims"].items():
        names.claim(client_order_id, strategy)
    for account, flow_id in state["seen_flows"]:
        flows.seen[(account, flow_id)] = None
    flows.suspicions.extend(_flow(row) for row in state["suspected"])
    _load_series(state["scopes"], valuation)


def _load_account(
    number: int,
    saved: Mapping[str, Any],
    accounts: Accounts,
    positions: Positions,
    flows: Flows,
    valuation: Valuation,
    strategies: Mapping[str, int],
) -> None:
    accounts.tracked_at_s[number] = saved["tracked_at_s"]
    valuation.known_equity[number] = _number(saved["equity"])
    valuation.known_steady[number] = _number(saved["steady"])
    valuation.known_flow[number] = saved["flow"]
    valuation.entry[number] = saved["entry"]
    flows.explained[number] = saved["explained"]
    flows.suspected[number] = saved["suspected"]
    flows.residual[number] = saved["residual"]
    flows.dirty[number] = saved["residual"] != 0.0
    accounts.includes[number] = {positions.marks.coin(coin): value for coin, value in saved["includes"].items()}
    accounts.symbols[number].update(saved["symbols"])
    memory = accounts.fills[number]
    memory.seen = {(symbol, fill_id): at_s for symbol, fill_id, at_s in saved["fills"]}
    memory.forgotten_s = NEVER if saved["fills_forgotten_s"] is None else saved["fills_forgotten_s"]
    for row in saved["slots"]:
        _load_slot(number, row, positions, strategies)


def _load_slot(number: int, saved: Mapping[str, Any], positions: Positions, strategies: Mapping[str, int]) -> None:
    instrument = positions.marks.row(saved["endpoint"], saved["symbol"])
    slots, rows = positions.slots, positions.rows
    leg = next(leg for leg in LEGS if leg.value == saved["leg"])
    slot = positions.slot(number, instrument, leg)
    for name in _SLOT_FIGURES:
        getattr(slots, name)[slot] = _number(saved[name])
    slots.in_wallet[slot] = saved["in_wallet"]
    positions.set_quantity(slot, float(slots.quantity[slot]), float(slots.cost[slot]))
    rest = int(slots.rest[slot])
    for name, (quantity, cost) in saved["parts"].items():
        # What a rule that is gone had claimed is nobody's, from its first mark on.
        if name in strategies and not (rest >= 0 and rows.strategy[rest] == strategies[name]):
            positions.put_part(slot, strategies[name], quantity, _number(cost))
    if rest >= 0 and _owner_is(saved["owner"], int(rows.strategy[rest]), strategies):
        rows.booked[rest] = saved["booked"]
        positions.touch(slot)
    elif rest >= 0:
        positions.to_book.add(slot)


def _owner_is(name: str | None, strategy: int, strategies: Mapping[str, int]) -> bool:
    return name is not None and strategies.get(name) == strategy


def _load_series(saved: Mapping[str, Any], valuation: Valuation) -> None:
    units, layout = valuation.units, valuation.layout
    for row, scope in enumerate(layout.scopes):
        if str(scope) not in saved:
            continue
        for name in _SERIES:
            value = _number(saved[str(scope)][name])
            getattr(units, name)[row] = -1 if name == "day" and math.isnan(value) else value
    zeros = np.zeros(layout.strategies)
    # Accounts may have left the configuration meanwhile: a portfolio goes on with those that stayed, at its unit value.
    equity = layout.sums(np.nan_to_num(valuation.known_steady), zeros)
    flow = layout.sums(valuation.known_flow, zeros)
    for row, scope in enumerate(layout.scopes):
        whole = scope.kind in (ScopeKind.PORTFOLIO, ScopeKind.VENUE)
        if whole and not math.isclose(equity[row], units.last_equity[row], rel_tol=1e-9) and equity[row] > 0.0:
            unit = units.worth[row] / units.units[row]
            units.worth[row], units.units[row] = equity[row], equity[row] / unit
            units.last_equity[row], units.last_flow[row] = equity[row], flow[row]


def _strategies(names: OrderNames) -> list[str]:
    return [rule.name for rule in names.rules] + ["unattributed"]


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _flow_row(flow: SuspectedFlow) -> list[Any]:
    return [flow.flow_id, flow.account, flow.amount, flow.at_s, flow.kind.value, flow.state.value, flow.reason]


def _flow(row: list[Any]) -> SuspectedFlow:
    flow_id, account, amount, at_s, kind, state, reason = row
    return SuspectedFlow(flow_id, account, amount, at_s, FlowKind(kind), FlowState(state), reason)
