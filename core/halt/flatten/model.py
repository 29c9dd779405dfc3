"""What closing positions under a stop is made of: the preview with its cost, and what became of each position."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from core.domain import Leg, Scope, Side
from core.venues.closing import HeldKey
from core.venues.messages import MarginMode


class FlattenStyle(enum.StrEnum):
    MARKET = "market"
    """Each position in one order at the market."""
    SLICED = "sliced"
    """Part by part: never more at once than a share of what rests near the price, and no worse than a bound."""


@dataclass(frozen=True, slots=True)
class FlattenTerms:
    style: FlattenStyle = FlattenStyle.MARKET
    share: float = 0.25
    """Of what rests within the bound, for one slice of all accounts together."""
    bound: float = 0.01
    """How far from the mid price a slice may trade, as a share of it."""


@dataclass(frozen=True, slots=True)
class FlattenRow:
    """One position of the preview. Costs are in `coin`, None where they cannot be told."""

    account: str
    venue: str
    exchange: str
    symbol: str
    leg: Leg
    quantity: float
    """Signed, as it was read."""
    margin_mode: MarginMode | None
    read_at_s: float
    """Wall time at which position and order book were read."""
    coin: str = ""
    """"" where no order book was seen."""
    mid: float | None = None
    notional: float | None = None
    """Positive, at the mid price."""
    spread_cost: float | None = None
    """Half of the spread on what the visible book takes."""
    depth_cost: float | None = None
    """What walking down the visible book costs beyond that."""
    fee_cost: float | None = None
    """As a taker, at the account's own rate or the venue's list."""
    beyond: float = 0.0
    """Quantity that the visible book does not hold: what it costs nobody knows."""
    slices: int = 1
    """How many orders it would take at the least."""
    obstacle: str = ""
    """Why it cannot be closed from here, "" where it can."""

    @property
    def side(self) -> Side:
        """Of the order that closes it."""
        return Side.SELL if self.quantity > 0.0 else Side.BUY

    @property
    def key(self) -> HeldKey:
        return (self.symbol, self.side)

    @property
    def turned_key(self) -> HeldKey:
        """Of a position in the same instrument, the other way round."""
        return (self.symbol, self.side.opposite)

    @property
    def cost(self) -> float | None:
        """What is known of it together; None where nothing is, as when no book was seen."""
        parts = [cost for cost in (self.spread_cost, self.depth_cost, self.fee_cost) if cost is not None]
        return sum(parts) if parts else None

    @property
    def unknown(self) -> str:
        """What of the cost is not known, "" where all of it is."""
        if self.spread_cost is None or self.depth_cost is None:
            return "no order book was seen"
        missing = [f"the visible book lacks {self.beyond:g}"] if self.beyond > 0.0 else []
        return "; ".join(missing + (["the fee is not known"] if self.fee_cost is None else []))


@dataclass(frozen=True, slots=True)
class Unread:
    """An account of which nobody knows what it holds."""

    account: str
    reason: str


@dataclass(frozen=True, slots=True)
class CoinTotal:
    """All positions that are counted in one coin."""

    coin: str
    positions: int
    notional: float
    cost: float
    """What is known of it."""
    incomplete: int
    """Positions of which a part of the cost is not known."""


@dataclass(frozen=True, slots=True)
class FlattenPlan:
    """A preview: nothing has been sent."""

    plan_id: str
    halt_id: str
    scope: Scope
    firings: int
    """How often the stop had been fired when this was made: another firing ends what was armed before."""
    terms: FlattenTerms
    made_at_s: float
    """Wall time."""
    code: str
    """What is to be typed back on the command line."""
    rows: tuple[FlattenRow, ...]
    """The largest first, obstacles last."""
    unread: tuple[Unread, ...]
    coins_only: tuple[str, ...]
    """Accounts that hold coins and no positions: what they hold stays."""
    unproven: tuple[str, ...] | None
    """Accounts in which orders may still rest, against which a closing order may be turned down; None where another
    process sweeps, and knows."""

    @property
    def closable(self) -> tuple[FlattenRow, ...]:
        return tuple(row for row in self.rows if not row.obstacle)

    @property
    def totals(self) -> tuple[CoinTotal, ...]:
        """Of what can be closed, by coin; what no order book was seen of comes last, under no coin."""
        coins = sorted({row.coin for row in self.closable}, key=lambda coin: (not coin, coin))
        return tuple(_total(coin, [row for row in self.closable if row.coin == coin]) for coin in coins)


def _total(coin: str, rows: list[FlattenRow]) -> CoinTotal:
    return CoinTotal(
        coin,
        len(rows),
        sum(row.notional or 0.0 for row in rows),
        sum(row.cost or 0.0 for row in rows),
        sum(bool(row.unknown) for row in rows),
    )


class RowState(enum.StrEnum):
    WAITING = "waiting"
    SENDING = "closing"
    FLAT = "flat"
    """Read back twice, the second time late enough after the last order, and not there."""
    LEFT = "left"
    """Read back, and something of it stands."""
    UNKNOWN = "unknown"
    """It could not be read back."""


@dataclass(frozen=True, slots=True)
class FlattenOrder:
    """One order, when its answer was there."""

    account: str
    symbol: str
    leg: Leg
    side: Side
    client_order_id: str
    quantity: float
    filled: float | None
    """As the venue's answer says; None where it says nothing."""
    trouble: str
    """Why it was refused, or why its fate is not known; "" where the venue took it."""


@dataclass(frozen=True, slots=True)
class FlattenOutcome:
    """One position on its way, or at the end."""

    account: str
    symbol: str
    leg: Leg
    side: Side
    planned: float
    """Positive; 0 of one that was not in the preview."""
    left: float | None
    """Positive, as it was read last; None where it was not read since."""
    orders: int
    state: RowState
    reason: str
    """Why it is not flat, "" when it is."""


@dataclass(frozen=True, slots=True)
class FlattenReport:
    plan_id: str
    halt_id: str
    scope: Scope
    operator: str
    reason: str
    outcomes: tuple[FlattenOutcome, ...]
    unread: tuple[Unread, ...]
    ended: str
    """Why it was ended before its time, "" where it was not."""
    took_s: float

    @property
    def flat(self) -> int:
        return count(self.outcomes, RowState.FLAT)

    @property
    def complete(self) -> bool:
        """Whether every position of every account is flat, and known to be."""
        return not self.unread and self.flat == len(self.outcomes)

    @property
    def sentence(self) -> str:
        left, unknown = count(self.outcomes, RowState.LEFT), count(self.outcomes, RowState.UNKNOWN)
        parts = [f"{self.flat} of {len(self.outcomes)} positions flat"]
        parts += [f"{left} left"] if left else []
        parts += [f"{unknown} unknown"] if unknown else []
        parts += [f"{len(self.unread)} account{'s' * (len(self.unread) > 1)} not read"] if self.unread else []
        return ", ".join(parts) + (f"; ended: {self.ended}" if self.ended else "")


def count(outcomes: Iterable[FlattenOutcome], state: RowState) -> int:
    return sum(row.state is state for row in outcomes)


class FlattenStep(enum.StrEnum):
    PREVIEWED = "previewed"
    ARMED = "armed"
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class FlattenView:
    """How far it is; of one plan at a time."""

    plan: FlattenPlan
    step: FlattenStep
    armed_by: str = ""
    armed_until_s: float | None = None
    """Wall time; None while it is not armed."""
    outcomes: tuple[FlattenOutcome, ...] = ()
    report: FlattenReport | None = None
