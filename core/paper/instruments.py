"""The linear perpetuals that the paper exchange lists: steps, limits, leverage tiers and how their prices behave."""

from __future__ import annotations

import math
from dataclasses import dataclass


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

    @property
    def symbol(self) -> str:
        return self.base + self.quote

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
