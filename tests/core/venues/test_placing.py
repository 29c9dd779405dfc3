"""What is said to ccxt of legs, margin modes and triggers, and what is refused before anything is said."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from core.domain import Leg, Side
from core.errors import VenueUnsupported
from core.venues.messages import MarginMode
from core.venues.placing import order_params, trigger_params, why_no_trigger
from core.venues.protocol import OrderRequest, TriggerRequest
from core.venues.trigger import PriceKind, Trigger

SYMBOL = "BTC/USDT:USDT"
ORDER = OrderRequest(SYMBOL, Side.SELL, 1.0, True, "scr1x1")
LONG = OrderRequest(SYMBOL, Side.SELL, 1.0, True, "scr1x1", leg=Leg.LONG, margin_mode=MarginMode.ISOLATED)
STOP = Trigger(rises=False)


def exchange(name: str) -> Any:
    made = getattr(importlib.import_module("ccxt"), name)()
    made.set_markets([{
        "id": "BTCUSDT", "symbol": SYMBOL, "base": "BTC", "quote": "USDT", "settle": "USDT", "type": "swap",
        "subType": "linear", "swap": True, "contract": True, "linear": True, "inverse": False, "spot": False,
        "precision": {"price": 0.1, "amount": 0.001}, "limits": {},
    }])  # fmt: skip
    return made


def waiting(trigger: Trigger = STOP, order: OrderRequest = ORDER) -> TriggerRequest:
    return TriggerRequest(order, 90.0, trigger)


@pytest.mark.parametrize("name", ["binanceusdm", "okx", "bybit", "bitget"])
def test_a_leg_is_named_and_its_margin_mode_where_the_venue_wants_it(name: str) -> None:
    params = order_params(exchange(name), LONG)
    assert (params["hedged"], params["reduceOnly"]) == (True, True)
    assert params.get("marginMode") == ("isolated" if name in {"okx", "bitget"} else None)
    plain = order_params(exchange(name), ORDER)
    assert plain == {"clientOrderId": "scr1x1", "reduceOnly": True}


def test_a_leg_that_ccxt_cannot_name_is_refused() -> None:
    with pytest.raises(VenueUnsupported, match="one leg of hedge mode at gate"):
        order_params(exchange("gate"), LONG)


@pytest.mark.parametrize(
    ("name", "trigger", "reason"),
    [
        ("binanceusdm", STOP, ""),
        ("bitget", STOP, ""),
        ("bitget", Trigger(rises=False, watches=PriceKind.MARK), "ccxt cannot say at bitget that it watches the mark"),
        ("deribit", STOP, "ccxt cannot place trigger orders of its kind at deribit"),
        ("bybit", Trigger(rises=False, other_price=110.0), "only OKX's can be placed, and this is bybit"),
        ("okx", Trigger(rises=False, other_price=110.0), ""),
        ("okx", Trigger(rises=True, moves=True), "it follows the market"),
        ("okx", Trigger(), "nobody told from which side"),
    ],
)
def test_a_trigger_is_placed_where_ccxt_can_say_it_and_refused_in_words_elsewhere(
    name: str, trigger: Trigger, reason: str
) -> None:
    said = why_no_trigger(exchange(name), waiting(trigger))
    assert reason in said
    assert bool(said) is bool(reason)
    if reason:
        with pytest.raises(VenueUnsupported):
            trigger_params(exchange(name), waiting(trigger))


def test_closing_all_of_a_position_and_reduce_only_are_not_said_together_at_binance() -> None:
    whole = Trigger(rises=True, watches=PriceKind.MARK, whole=True)
    params = trigger_params(exchange("binanceusdm"), waiting(whole))
    assert params == {
        "clientOrderId": "scr1x1", "takeProfitPrice": 90.0, "closePosition": True, "workingType": "MARK_PRICE",
    }  # fmt: skip
    # With a leg ccxt makes the leg of the flag, and leaves the flag out.
    assert trigger_params(exchange("binanceusdm"), waiting(whole, LONG))["reduceOnly"] is True


def test_a_market_that_is_not_there_is_no_place() -> None:
    nowhere = OrderRequest("NOPE/USDT:USDT", Side.SELL, 1.0, True, "scr1x1")
    assert why_no_trigger(exchange("okx"), waiting(order=nowhere)) == "okx has no market NOPE/USDT:USDT"
