"""Aster: conditional orders rest among the others; strategy orders can be asked for by their id only.

https://github.com/asterdex/api-docs (V3 futures: Current All Open Orders, Cancel All Open Orders, Query Strategy Open
Order, which wants a strategyId: no call lists them)
"""

from __future__ import annotations

from core.venues.plans.deadman import Countdown, DeadMan
from core.venues.plans.plan import CONTRACTS, Book, ByIds, Call, Holds, Listed, Plan

SYMBOL = {"symbol": "{market}"}
ONE = SYMBOL | {"orderId": "{id}"}


def _book(name: str, api: str, holds: Holds) -> Book:
    return Book(
        name=name,
        holds=holds,
        listed=Listed(Call(f"{api}PrivateGetV3OpenOrders")),
        empty_symbol=(Call(f"{api}PrivateDeleteV3AllOpenOrders", SYMBOL),),
        cancel=ByIds(Call(f"{api}PrivateDeleteV3Order", ONE)),
        weight=40.0,
    )


ASTER = Plan(
    name="Aster",
    exchanges=frozenset({"aster"}),
    books=(_book("futures", "fapi", Holds(CONTRACTS)), _book("spot", "sapi", Holds(frozenset({"spot"})))),
    gaps=("OTO, OCO and OTOCO strategy orders",),
    # As Binance has it; ccxt 4.5.90 knows the call, and what it takes was read of the first version only.
    deadman=DeadMan(
        (
            Countdown(
                "futures",
                arm=Call("fapiPrivatePostV3CountdownCancelAll", SYMBOL | {"countdownTime": "{ms}"}),
                disarm=Call("fapiPrivatePostV3CountdownCancelAll", SYMBOL | {"countdownTime": 0}),
                each_symbol=True,
                holds=Holds(CONTRACTS),
                weight=10.0,
                confirmed=False,
            ),
        ),
        traps=("every symbol has its own", "spot has none that is known: its orders stay"),
    ),
)

PLANS = (ASTER,)
