"""How an order waits is read from each venue's own words, and said to each in them again."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain import Side
from core.venues.messages import Source
from core.venues.normalise import order_from
from core.venues.trigger import PriceKind, Trigger, limit_of, trigger_of

SELL, BUY = Side.SELL, Side.BUY


def row(price: float | None, **info: Any) -> dict[str, Any]:
    return {"triggerPrice": price, "info": info}


@pytest.mark.parametrize(
    ("side", "told", "level", "trigger"),
    [
        (SELL, row(90.0, orderType="STOP_MARKET", workingType="MARK_PRICE"), 90.0, Trigger(False, PriceKind.MARK)),
        (BUY, row(90.0, orderType="STOP", workingType="CONTRACT_PRICE"), 90.0, Trigger(True, PriceKind.LAST)),
        (SELL, row(90.0, orderType="TAKE_PROFIT"), 90.0, Trigger(True)),
        (BUY, row(90.0, orderType="TAKE_PROFIT_MARKET", closePosition=True), 90.0, Trigger(False, whole=True)),
        (SELL, row(90.0, orderType="TRAILING_STOP_MARKET"), 90.0, Trigger(None, moves=True)),
        (SELL, row(90.0, stopOrderType="Stop", triggerDirection=2, triggerBy="MarkPrice"), 90.0,
         Trigger(False, PriceKind.MARK)),
        (BUY, row(90.0, stopOrderType="Stop", triggerDirection=2, triggerBy="IndexPrice"), 90.0,
         Trigger(False, PriceKind.INDEX)),
        (SELL, row(90.0, stopOrderType="TakeProfit", triggerDirection=0, closeOnTrigger=True), 90.0,
         Trigger(True, whole=True)),
        (SELL, row(90.0, stopOrderType="Stop", triggerDirection=0), 90.0, Trigger()),
        (SELL, row(None, ordType="conditional", side="sell", slTriggerPx="90", slTriggerPxType="last"), 90.0,
         Trigger(False, PriceKind.LAST)),
        (SELL, row(None, ordType="conditional", side="sell", tpTriggerPx="90", closeFraction="1"), 90.0,
         Trigger(True, whole=True)),
        (BUY, row(None, ordType="oco", side="buy", slTriggerPx="110", tpTriggerPx="90", tpOrdPx="91"), 110.0,
         Trigger(True, other_price=90.0, other_limit=91.0)),
        (SELL, row(90.0, ordType="trigger", side="sell", triggerPx="90", last="100"), 90.0, Trigger(False)),
        (SELL, row(90.0, ordType="trigger", side="sell", triggerPx="90", last=""), 90.0, Trigger()),
        (SELL, {"stopLossPrice": 90.0, **row(90.0)}, 90.0, Trigger(False)),
        (SELL, {"takeProfitPrice": 90.0, **row(90.0)}, 90.0, Trigger(True)),
        (SELL, row(90.0), 90.0, Trigger()),
        (SELL, row(None, slTriggerPx="90", ordType="limit"), None, None),
    ],
)  # fmt: skip
def test_how_an_order_waits(side: Side, told: dict[str, Any], level: float | None, trigger: Trigger | None) -> None:
    assert trigger_of(told, side) == (level, trigger)


@pytest.mark.parametrize(
    ("told", "limit"),
    [
        ({"price": 90.0, "info": {}}, 90.0),
        ({"price": 0.0, "info": {}}, None),
        ({"price": None, "info": {"ordType": "conditional", "slTriggerPx": "90", "slOrdPx": "-1"}}, None),
        ({"price": None, "info": {"ordType": "conditional", "slTriggerPx": "90", "slOrdPx": "89"}}, 89.0),
        ({"price": -1.0, "info": {"ordType": "trigger", "triggerPx": "90", "ordPx": "-1"}}, None),
        ({"price": None, "info": {"ordType": "oco", "slTriggerPx": "90", "slOrdPx": "-1", "tpOrdPx": "111"}}, None),
    ],
)
def test_what_is_ordered_when_the_time_comes(told: dict[str, Any], limit: float | None) -> None:
    assert limit_of(told) == limit


def test_an_algo_order_is_known_by_the_name_that_its_client_gave_it() -> None:
    told = {"id": "7", "symbol": "BTC/USDT:USDT", "side": "sell", "amount": 1.0, "clientOrderId": None}
    info = {"ordType": "conditional", "side": "sell", "slTriggerPx": "90", "clOrdId": "", "algoClOrdId": "scr1x1"}
    order = order_from({**told, "info": info}, "alpha-1", "conditional", {}, Source.READING, 0.0)
    assert (order.client_order_id, order.trigger_price, order.trigger) == ("scr1x1", 90.0, Trigger(False))


def test_a_trigger_is_called_by_what_it_does() -> None:
    assert [Trigger(rises=rises).word(side) for rises in (True, False, None) for side in (BUY, SELL)] == [
        "stop-loss", "take-profit", "take-profit", "stop-loss", "trigger", "trigger",
    ]  # fmt: skip
