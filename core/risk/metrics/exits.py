"""How long it takes and what it costs to leave, alone and together, and what coin the collateral is in."""

from __future__ import annotations

from core.risk.costly.frame import CostlyFrame
from core.risk.metrics.metric import costly_metric, over
from core.risk.model import Floats


def exit_time(frame: CostlyFrame) -> Floats:
    """Largest |quantity| / (participation x volume of 24 hours) over the instruments held, in seconds.

    Longs and shorts of different accounts or legs add up: each is closed where it is. +inf where nothing trades,
    unknown where the volume is; up to 0.1 % of gross exposure may be so, and is left out. Source: ESMA, "Guidelines on
    liquidity stress testing in UCITS and AIFs" (2020), time to liquidity.
    """
    return frame.exits.time_s


def exit_time_all(frame: CostlyFrame) -> Floats:
    """As `exit_time`, while every own account leaves at once: they share the participation. Seconds.

    Source: as `exit_time`.
    """
    return frame.exits.time_all_s


def exit_cost(frame: CostlyFrame) -> Floats:
    """Loss against the mid by trading everything through the visible book at once / equity. Ratio, without fees.

    Beyond the visible book the loss per unit goes on growing on a straight line from the mid to its dearest level, up
    to all that is sold; see `exit_beyond_book`. +inf with a cost and no equity; unknown where the books of more than
    0.1 % of gross exposure were not seen for five minutes. Source: Perold, "The implementation shortfall", Journal of
    Portfolio Management 14 (1988); Kyle, "Continuous auctions and insider trading", Econometrica 53 (1985).
    """
    return over(frame.exits.cost, frame.inputs.equity)


def exit_cost_all(frame: CostlyFrame) -> Floats:
    """As `exit_cost`, while every own account leaves at once: each unit costs the average of all that is sold (bought).

    Source: as `exit_cost`.
    """
    return over(frame.exits.cost_all, frame.inputs.equity)


def exit_cost_money(frame: CostlyFrame) -> Floats:
    """`exit_cost` before it is divided by equity: known for strategies without capital too. Base currency.

    Source: as `exit_cost`.
    """
    return frame.exits.cost


def exit_beyond_book(frame: CostlyFrame) -> Floats:
    """Share of gross exposure beyond the visible book, where `exit_cost` rests on an extrapolation. Ratio.

    Source: as `exit_cost`.
    """
    return frame.exits.beyond_book


def largest_collateral_share(frame: CostlyFrame) -> Floats:
    """Largest value of one coin in the collateral / value of all coins in it; debts are left out. Ratio.

    A strategy's collateral is all that there is in the accounts where it holds something. Stablecoins count like any.
    Source: Basel Committee, "Supervisory framework for measuring and controlling large exposures" (2014), by coin.
    """
    return frame.concentration.largest_collateral_share


METRICS = (
    costly_metric(exit_time, "Time to exit", "seconds", "liquidity"),
    costly_metric(exit_time_all, "Time to exit, all at once", "seconds", "liquidity"),
    costly_metric(exit_cost, "Cost to exit", "ratio", "liquidity"),
    costly_metric(exit_cost_all, "Cost to exit, all at once", "ratio", "liquidity"),
    costly_metric(exit_cost_money, "Cost to exit, money", "money", "liquidity"),
    costly_metric(exit_beyond_book, "Beyond the visible book", "ratio", "liquidity"),
    costly_metric(largest_collateral_share, "Largest collateral coin", "ratio", "liquidity"),
)
