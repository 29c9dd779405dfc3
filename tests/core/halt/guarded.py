"""One paper site in three dialects: accounts with positions that can be guarded and closed, and nobody trading."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from core.domain import Leg
from core.paper.instruments import DEFAULT_INSTRUMENTS, PaperInstrument
from core.paper.site import AccountSpec, PaperSpec, PositionSpec, VenueSpec
from core.paper.spec import secret_of

DOLLARS = {"USDT": 400_000.0}


def _account(name: str, *positions: PositionSpec, **more: Any) -> AccountSpec:
    return AccountSpec(name, f"paper-{name}", secret_of(name, 1), DOLLARS, positions, **more)


@dataclass(frozen=True)
class Dialect:
    """How one venue calls things."""

    exchange: str
    bitcoin: str
    """The venue's name of the instrument that is `BTC/USDT:USDT` in ccxt's words."""
    lot: float
    """Bitcoin per unit of quantity."""
    passphrase: bool = False

    def units(self, coins: float) -> float:
        """Bitcoins in the engine's units."""
        return round(coins / self.lot, 6)

    @property
    def names(self) -> dict[str, str]:
        return {kind: f"{self.exchange}-{kind}" for kind in ("net", "legs", "pot")}

    def spec(self) -> VenueSpec:
        """`net` is long 1 bitcoin; `legs` is long 1 and short 0.5 in hedge mode; `pot` is short 0.4, isolated."""

        def held(coins: float, leg: Leg = Leg.NET) -> PositionSpec:
            return PositionSpec(self.bitcoin, self.units(coins), "bas", leg)

        names = self.names
        accounts = (
            _account(names["net"], held(1.0)),
            _account(names["legs"], held(1.0, Leg.LONG), held(-0.5, Leg.SHORT), hedged=True),
            _account(names["pot"], held(-0.4), isolated=(self.bitcoin,)),
        )
        if self.passphrase:
            accounts = tuple(replace(row, password=f"passphrase {row.name}") for row in accounts)
        return VenueSpec(self.exchange, accounts, exchange=self.exchange)


BINANCE = Dialect("binanceusdm", "BTCUSDT", 1.0)
OKX = Dialect("okx", "BTC-USDT-SWAP", 0.01, passphrase=True)
BYBIT = Dialect("bybit", "BTCUSDT", 1.0)
DIALECTS = (BINANCE, OKX, BYBIT)


def thin(level_dollars: float) -> tuple[PaperInstrument, ...]:
    """The usual instruments, with so little at the best price of bitcoin; 30 levels hold 3,200 times as much."""
    return tuple(
        replace(row, level_notional=level_dollars) if row.symbol == "BTCUSDT" else row for row in DEFAULT_INSTRUMENTS
    )


def site_of(*dialects: Dialect, **changes: Any) -> PaperSpec:
    usual = {"step_s": 0.05, "mark_period_s": 0.1, "weight_limit": 1_000_000}
    return PaperSpec(tuple(row.spec() for row in dialects), **usual | changes)
