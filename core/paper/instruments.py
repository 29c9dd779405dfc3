"""What the paper exchange lists: contracts and pairs, their steps, limits and tiers, and how prices behave."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass


class ContractKind(enum.StrEnum):
    LINEAR = "linear"
    """Quantity in base units; margin and PnL in the quote coin."""
    INVERSE = "inverse"
    """Quantity in contracts of so many quote units; margin and PnL in the base coin."""
    SPOT = "spot"
    """Coins change hands; there is no position."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One leverage bracket; `floor` and `cap` are notionals in the settle coin."""

    floor: float
    cap: float
    max_leverage: int
    maintenance_rate: float
    """Maintenance margin per unit of notional."""
    deduction: float
    """Taken off the maintenance margin so that it has no jump at `floor`, settle coin."""


@dataclass(frozen=True, slots=True)
class PaperInstrument:
    base: str
    quote: str
    settle: str
    start_price: float
    price_decimals: int
    quantity_decimals: int
    notional_min: float
    """Least order value, quote coin."""
    quantity_max: float
    beta: float
    """How strongly it follows the common factor; also how much deeper it falls in a crash."""
    own_volatility: float
    """Of its own part of the random walk, per square root of a day."""
    spread: float
    """Between best bid and best ask, as a fraction of the price."""
    level_notional: float
    """Value resting on the first level of the synthetic ladder, quote coin."""
    tiers: tuple[Tier, ...]
    kind: ContractKind = ContractKind.LINEAR
    contract_size: float = 1.0
    """Of one unit of quantity: base units where linear or spot, quote units where inverse."""
    interest_rate: float = 0.0001
    """Funding rate per period of a perpetual that trades where its index is."""
    name: str = ""
    """What it goes by in the engine; "" where its coins alone tell it apart from what else the venue lists."""
    can_hedge: bool = True
    """Whether hedge mode gives it a long and a short leg; spot pairs never have any."""
    expires_s: float = 0.0
    """When it is delivered (wall time); 0 for what never is. What expires pays no funding."""

    @property
    def symbol(self) -> str:
        if self.name:
            return self.name
        return f"{self.base}{self.quote}_PERP" if self.is_inverse else self.base + self.quote

    @property
    def is_inverse(self) -> bool:
        return self.kind is ContractKind.INVERSE

    @property
    def is_spot(self) -> bool:
        return self.kind is ContractKind.SPOT

    @property
    def is_perpetual(self) -> bool:
        return not self.is_spot and not self.expires_s

    def notional(self, quantity: float, price: float) -> float:
        """Size of a quantity at a price, settle coin, never below zero."""
        amount = abs(quantity) * self.contract_size
        return amount / price if self.is_inverse else amount * price

    def value(self, quantity: float, price: float) -> float:
        """Size of a quantity at a price, quote coin, never below zero."""
        amount = abs(quantity) * self.contract_size
        return amount if self.is_inverse else amount * price

    def pnl(self, quantity: float, entry: float, price: float) -> float:
        """What a signed quantity gained between two prices, settle coin.

        Inverse: contracts * size * (1/entry - 1/price), as the coin's worth of a fixed sum of quote.
        """
        if not quantity:
            return 0.0
        amount = quantity * self.contract_size
        return amount * (1 / entry - 1 / price) if self.is_inverse else amount * (price - entry)

    def blend(self, first: float, first_price: float, second: float, second_price: float) -> float:
        """The one price at which both unsigned quantities together have the PnL that they have apart."""
        if not first or not second:
            return second_price if second else first_price
        if self.is_inverse:
            return (first + second) / (first / first_price + second / second_price)
        return (first * first_price + second * second_price) / (first + second)

    @property
    def tick(self) -> float:
        return round(10.0**-self.price_decimals, self.price_decimals)

    @property
    def step(self) -> float:
        return round(10.0**-self.quantity_decimals, self.quantity_decimals)

    def round_price(self, price: float) -> float:
        return round(price, self.price_decimals)

    def floor_quantity(self, quantity: float) -> float:
        """The largest multiple of the step that is not above `quantity`."""
        scale = 10.0**self.quantity_decimals
        return round(math.floor(quantity * scale + 1e-6) / scale, self.quantity_decimals)

    def tier_of(self, notional: float) -> Tier:
        for tier in self.tiers:
            if notional < tier.cap:
                return tier
        return self.tiers[-1]

    def maintenance(self, notional: float) -> float:
        """Maintenance margin of a position of this absolute notional, settle coin."""
        tier = self.tier_of(notional)
        return notional * tier.maintenance_rate - tier.deduction


def make_tiers(first_cap: float, max_leverage: int) -> tuple[Tier, ...]:
    """Brackets that widen fourfold while the allowed leverage halves, as venues publish them."""
    tiers: list[Tier] = []
    floor, cap, leverage, deduction, previous_rate = 0.0, first_cap, max_leverage, 0.0, 0.0
    while leverage >= 1:
        rate = round(0.5 / leverage, 5)
        deduction = round(deduction + floor * (rate - previous_rate), 2) if tiers else 0.0
        tiers.append(Tier(floor, cap, leverage, rate, deduction))
        floor, cap, previous_rate, leverage = cap, cap * 4, rate, leverage // 2
    return tuple(tiers)


def _perpetual(
    base: str,
    price: float,
    price_decimals: int,
    quantity_decimals: int,
    beta: float,
    own_volatility: float,
    level_notional: float,
    max_leverage: int,
    quote: str = "USDT",
) -> PaperInstrument:
    return PaperInstrument(
        base=base,
        quote=quote,
        settle=quote,
        start_price=price,
        price_decimals=price_decimals,
        quantity_decimals=quantity_decimals,
        notional_min=5.0 if base not in {"BTC", "ETH"} else 20.0,
        quantity_max=float(round(50_000_000 / price)),
        beta=beta,
        own_volatility=own_volatility,
        spread=0.0001 if base in {"BTC", "ETH"} else 0.0003,
        level_notional=level_notional,
        tiers=make_tiers(level_notional, max_leverage),
    )


DEFAULT_INSTRUMENTS: tuple[PaperInstrument, ...] = (
    _perpetual("BTC", 64_200.0, 1, 3, 1.00, 0.004, 400_000, 125),
    _perpetual("ETH", 3_150.0, 2, 3, 1.15, 0.010, 250_000, 125),
    _perpetual("SOL", 148.0, 3, 1, 1.40, 0.022, 120_000, 75),
    _perpetual("XRP", 0.5450, 4, 1, 1.20, 0.020, 90_000, 75),
    _perpetual("DOGE", 0.1385, 5, 0, 1.45, 0.026, 80_000, 75),
    _perpetual("AVAX", 27.40, 3, 1, 1.40, 0.026, 50_000, 50),
    _perpetual("LINK", 13.85, 3, 2, 1.35, 0.022, 50_000, 50),
    _perpetual("ADA", 0.4420, 4, 0, 1.35, 0.022, 50_000, 50),
    _perpetual("BNB", 585.0, 2, 2, 1.10, 0.012, 90_000, 75),
    _perpetual("LTC", 71.50, 2, 3, 1.20, 0.018, 45_000, 50),
    _perpetual("DOT", 6.150, 3, 1, 1.40, 0.024, 40_000, 50),
    _perpetual("TRX", 0.12650, 5, 0, 0.80, 0.012, 40_000, 50),
)
