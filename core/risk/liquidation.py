"""How far every scope is from liquidation: by the venue's prices, and by an own estimate where it names none."""

from __future__ import annotations

import numpy as np

from core.book.layout import Layout
from core.risk.model import Floats


def cross_distance(equity: Floats, maintenance: Floats, net: Floats) -> Floats:
    """|m| of the common relative move m of all marks at which equity is down to the maintenance margin (cross margin).

    inf where there is none, 0 where it is reached already, NaN where anything is unknown.

    Money in one currency, shapes alike; `net` is signed notional, coins held among it. After the move equity is
    equity + m x net, and the maintenance margin, a share of every notional, maintenance x (1 + m), so that
    m = (equity - maintenance) / (maintenance - net). Prices cannot fall by more than all: m <= -1 is nowhere. Exact for
    linear contracts at constant rates; a step up in the venue's margin tiers comes nearer than it says.

    Source: Binance, "Liquidation price of USD-M futures under cross margin", for one move common to all marks.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        room = equity - maintenance
        move = room / (maintenance - net)
    distance = np.where((move > -1.0) & np.isfinite(move), np.abs(move), np.inf)
    distance = np.where(room <= 0.0, 0.0, distance)
    # Without a maintenance margin nothing is held that could be liquidated, whatever coins there are.
    distance = np.where(maintenance == 0.0, np.inf, distance)
    return np.where(np.isnan(equity) | np.isnan(maintenance) | np.isnan(net), np.nan, distance)


def distances(layout: Layout, by_venue: Floats, equity: Floats, maintenance: Floats, net: Floats) -> Floats:
    """All of shape (scopes,). `by_venue`: the smallest |liquidation price / mark - 1| as far as venues name a price,
    not finite where they name none.

    An account has its venue's distance or else the own estimate; venue and portfolio the smallest of their accounts'. A
    strategy has no liquidation price: its own estimate says when its capital would be gone, were it an account.
    """
    own = cross_distance(equity, maintenance, net)
    rows = slice(layout.first_account, layout.first_strategy)
    accounts = np.where(np.isfinite(by_venue[rows]), by_venue[rows], own[rows])
    return -layout.worst(-accounts, -own[layout.first_strategy :])
