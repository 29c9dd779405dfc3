"""Three columns for every named shock. They depend on the configuration, so they are made and not listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.risk.costly.frame import CostlyFrame
from core.risk.costly.shocks import UNKNOWN_BETA
from core.risk.metrics.metric import Metric
from core.risk.model import Beat, Floats, MetricInfo
from core.risk.ratio import over
from core.risk.settings import Shock

_SOURCE = 'Basel Committee, "Stress testing principles" (2018)'
_MOST_MOVES = 6


def stress_metrics(shocks: Sequence[Shock]) -> tuple[Metric[CostlyFrame], ...]:
    """`stress_<name>_loss`, `_margin_calls` and `_liquidated` of each, in the order of the shocks."""
    return tuple(metric for shock in shocks for metric in _columns(shock))


def _columns(shock: Shock) -> tuple[Metric[CostlyFrame], ...]:
    name, what = shock.name, _what_happens(shock)

    def loss(frame: CostlyFrame) -> Floats:
        return over(frame.stress.of(name, frame.stress.loss), frame.inputs.equity)

    def margin_calls(frame: CostlyFrame) -> Floats:
        return frame.stress.of(name, frame.stress.margin_calls)

    def liquidated(frame: CostlyFrame) -> Floats:
        return frame.stress.of(name, frame.stress.liquidated)

    scaled = "Margins scale with the account's notional; the account is taken as one pool (cross margin)."
    return (
        _metric(
            loss,
            f"stress_{name}_loss",
            f"{shock.title}: loss",
            "ratio",
            f"Loss / equity if {what}. Ratio, positive is a loss, +inf with a loss and no equity. Contracts change by"
            " notional x (move of the underlying - move of the quote coin), collateral by the moves of its own coins,"
            " options by their delta alone; what an account loses beyond its equity counts in full. A strategy loses on"
            " what it holds itself.",
        ),
        _metric(
            margin_calls,
            f"stress_{name}_margin_calls",
            f"{shock.title}: margin calls",
            "count",
            f"Accounts with open contracts whose equity would be below their initial margin if {what}. {scaled}"
            " Accounts at a venue that is gone do not count. A strategy's are those that it holds something in.",
        ),
        _metric(
            liquidated,
            f"stress_{name}_liquidated",
            f"{shock.title}: liquidated",
            "count",
            f"Accounts with open contracts whose equity would be at or below maintenance margin if {what}. {scaled}"
            " Accounts at a venue that is gone do not count. A strategy's are those that it holds something in.",
        ),
    )


def _metric(
    compute: Callable[[CostlyFrame], Floats], name: str, title: str, unit: str, formula: str
) -> Metric[CostlyFrame]:
    info = MetricInfo(name, title, unit, formula, _SOURCE, worse_is=1, family="stress", beat=Beat.COSTLY)
    return Metric(info, compute)


def _what_happens(shock: Shock) -> str:
    """The end of a sentence: "BTC moves by -20 % and every other coin by its beta to BTC"."""
    named = [f"{coin} {move:+.1%}" for coin, move in shock.moves.items() if coin != "*"]
    if len(named) > _MOST_MOVES:
        named[_MOST_MOVES:] = [f"{len(named) - _MOST_MOVES} more coins as listed"]
    parts = [f"{', '.join(named)}"] if named else []
    rest = shock.moves.get("*")
    if shock.by_beta:
        unmeasured = UNKNOWN_BETA * shock.moves[shock.by_beta] if rest is None else rest
        parts.append(f"every other coin by its beta to {shock.by_beta} ({unmeasured:+.1%} where that is unknown)")
    elif rest is not None:
        parts.append(f"every other coin {rest:+.1%}")
    moves = ["prices moved: " + ", ".join(parts)] if parts else []
    moves += [f"{coin} as money moved {move:+.1%}" for coin, move in shock.depeg.items()]
    if shock.venue_gone == "*":
        moves.append("all equity at the venue where the scope has most were lost (a strategy's: where it holds most)")
    elif shock.venue_gone:
        moves.append(f"all equity at {shock.venue_gone} were lost")
    return "; ".join(moves)
