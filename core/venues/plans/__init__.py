"""Stop plans: for each venue the calls that list and the calls that cancel every order, as data over a few moves."""

from __future__ import annotations

from core.errors import ConfigError
from core.venues.plans import (
    aster,
    backpack,
    binance,
    bingx,
    bitfinex,
    bitget,
    bybit,
    coinbase,
    cryptocom,
    deribit,
    gate,
    htx,
    hyperliquid,
    kraken,
    kucoin,
    mexc,
    okx,
    phemex,
    woo,
)
from core.venues.plans.generic import BLIND
from core.venues.plans.plan import Plan

FILES = (
    aster, backpack, binance, bingx, bitfinex, bitget, bybit, coinbase, cryptocom, deribit, gate, htx, hyperliquid,
    kraken, kucoin, mexc, okx, phemex, woo,
)  # fmt: skip


def _by_exchange() -> dict[str, Plan]:
    found: dict[str, Plan] = {}
    for plan in (plan for file in FILES for plan in file.PLANS):
        for exchange in plan.exchanges:
            if exchange in found:
                raise ConfigError(f"{exchange} has two stop plans: {found[exchange].name} and {plan.name}")
            found[exchange] = plan
    return found


PLANS = _by_exchange()
"""By ccxt id."""


def plan_of(exchange: str) -> Plan:
    """The plan of a ccxt id; the blind one where none was written, to be replaced by what ccxt declares."""
    return PLANS.get(exchange, BLIND)
