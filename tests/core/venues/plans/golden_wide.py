"""Golden lines of the venues with many books: Binance, Bybit, OKX, Gate, Bitget, KuCoin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.core.venues.plans.golden import Golden, GoldenBook
from tests.core.venues.plans.stub import market

SPOT, LINEAR, USDC = "BTC/USDT", "BTC/USDT:USDT", "BTC/USDC:USDC"
INVERSE, OPTION = "BTC/USD:BTC", "BTC/USDT:USDT-261225-100000-C"


# -- Binance ----------------------------------------------------------------------------------------------------------
# https://developers.binance.com/docs/derivatives/usds-margined-futures/trade/rest-api/Current-All-Open-Orders
# https://developers.binance.com/docs/derivatives/usds-margined-futures/trade/rest-api/Cancel-All-Open-Orders
# https://developers.binance.com/docs/derivatives/usds-margined-futures/trade/rest-api/Cancel-Multiple-Orders
# Algo books as recorded for Binance.Net: GET /fapi/v1/openAlgoOrders, DELETE .../algoOpenOrders, .../algoOrder;
# TWAP: GET /sapi/v1/algo/futures/openOrders, DELETE /sapi/v1/algo/futures/order, and .../algo/spot/... likewise.


def _order(number: int, symbol: str, **more: Any) -> dict[str, Any]:
    return {"orderId": number, "symbol": symbol, "side": "BUY", "type": "LIMIT", "status": "NEW", "price": "1",
            "origQty": "1", "executedQty": "0", "time": 1700000000000} | more  # fmt: skip


def _futures(api: str, name: str, unified: str, prefix: str = "") -> dict[str, GoldenBook]:
    return {
        f"{prefix}regular": GoldenBook(
            lists=[f"GET /{api}/v1/openOrders"],
            none=[],
            one=[_order(11, name)],
            order=("11", unified),
            symbol=[f"DELETE /{api}/v1/allOpenOrders?symbol={name}"],
            ids=[f"DELETE /{api}/v1/batchOrders?orderIdList=[11,12]&symbol={name}"],
            ids_of=["11", "12"],
        ),
        f"{prefix}trigger": GoldenBook(
            lists=[f"GET /{api}/v1/openAlgoOrders"],
            none=[],
            one=[{"algoId": 21, "symbol": name, "side": "SELL", "orderType": "STOP_MARKET", "algoStatus": "NEW",
                  "quantity": "1", "triggerPrice": "2", "createTime": 1700000000000}],
            order=("21", unified),
            symbol=[f"DELETE /{api}/v1/algoOpenOrders?symbol={name}"],
            ids=[f"DELETE /{api}/v1/algoOrder?algoId=21"],
        ),
    }  # fmt: skip


def _twap(where: str, name: str, unified: str) -> GoldenBook:
    return GoldenBook(
        lists=[f"GET /sapi/v1/algo/{where}/openOrders"],
        none={"total": 0, "orders": []},
        one={"total": 1, "orders": [{"algoId": 31, "symbol": name, "side": "SELL", "totalQty": "5"}]},
        order=("31", unified),
        ids=[f"DELETE /sapi/v1/algo/{where}/order?algoId=31"],
    )


BINANCE_USD_M = Golden(
    "binanceusdm",
    _futures("fapi", "BTCUSDT", LINEAR) | {"twap": _twap("futures", "BTCUSDT", LINEAR)},
    [market(LINEAR, "BTCUSDT")],
    learned={"GET /fapi/v1/time": {"serverTime": 1700000000000}},
    options={"stop_algo": True},
)
BINANCE_COIN_M = Golden(
    "binancecoinm",
    _futures("dapi", "BTCUSD_PERP", INVERSE),
    [market(INVERSE, "BTCUSD_PERP")],
    learned={"GET /dapi/v1/time": {"serverTime": 1700000000000}},
)


def _spot(path: str, extra: str = "", symbol_extra: str = "") -> dict[str, Any]:
    name = "BTCUSDT"
    return {
        "lists": [f"GET {path}/openOrders{extra}"],
        "none": [],
        "one": [_order(41, name)],
        "order": ("41", SPOT),
        "symbol": [f"DELETE {path}/openOrders?{symbol_extra}symbol={name}"],
        "ids": [f"DELETE {path}/order?{symbol_extra}orderId=41&symbol={name}"],
    }


ISOLATED = "isIsolated=TRUE&"
BINANCE = Golden(
    "binance",
    {
        "spot": GoldenBook(**_spot("/api/v3")),
        "spot twap": _twap("spot", "BTCUSDT", SPOT),
        "cross margin": GoldenBook(**_spot("/sapi/v1/margin")),
        # https://developers.binance.com/docs/margin_trading/account/Query-Isolated-Margin-Account-Info
        "isolated margin": GoldenBook(
            **_spot("/sapi/v1/margin", "", ISOLATED)
            | {
                "lists": [
                    "GET /sapi/v1/margin/isolated/account",
                    f"GET /sapi/v1/margin/openOrders?{ISOLATED}symbol=BTCUSDT",
                ]
            },
            more={"GET /sapi/v1/margin/isolated/account": {"assets": [{"symbol": "BTCUSDT"}]}},
        ),
        **_futures("fapi", "BTCUSDT", LINEAR, "linear "),
        **_futures("dapi", "BTCUSD_PERP", INVERSE, "inverse "),
        "futures twap": _twap("futures", "BTCUSDT", LINEAR),
        # https://developers.binance.com/docs/derivatives/options-trading/trade/Cancel-all-Option-orders-on-specific-symbol
        "options": GoldenBook(
            lists=["GET /eapi/v1/openOrders"],
            none=[],
            one=[_order(51, "BTC-261225-100000-C")],
            order=("51", OPTION),
            symbol=["DELETE /eapi/v1/allOpenOrders?symbol=BTC-261225-100000-C"],
            ids=["DELETE /eapi/v1/order?orderId=51&symbol=BTC-261225-100000-C"],
        ),
    },
    [
        market(SPOT, "BTCUSDT"),
        market(LINEAR, "BTCUSDT"),
        market(INVERSE, "BTCUSD_PERP"),
        market(OPTION, "BTC-261225-100000-C"),
    ],
    learned={
        "GET /api/v3/time": {"serverTime": 1700000000000},
        "GET /sapi/v1/account/apiRestrictions": {
            "enableMargin": True, "enableFutures": True, "enableVanillaOptions": True,
        },
    },
    options={"stop_algo": True},
)  # fmt: skip


# -- Bybit ------------------------------------------------------------------------------------------------------------
# https://bybit-exchange.github.io/docs/v5/order/open-order and .../order/cancel-all and .../order/batch-cancel;
# paths as recorded for Bybit.Net: GET /v5/order/realtime, POST /v5/order/cancel-all, POST /v5/order/cancel-batch.
BYBIT_KINDS = ("", "StopOrder", "tpslOrder", "OcoOrder", "BidirectionalTpslOrder")


def _bybit(category: str, name: str, unified: str, coin: str = "") -> GoldenBook:
    whole = f'"category":"{category}"'
    settle = f',"settleCoin":"{coin}"' if coin else ""
    kinds = [f',"orderFilter":"{kind}"' if kind else "" for kind in (BYBIT_KINDS if category == "spot" else ("",))]
    one = {"orderId": "61", "symbol": name, "side": "Buy", "orderType": "Limit", "orderStatus": "New", "qty": "1",
           "price": "1", "createdTime": "1700000000000"}  # fmt: skip
    batch = [f'POST /v5/order/cancel-batch {{{whole},"request":[{{"orderId":"61","symbol":"{name}"}}]}}']
    single = [f'POST /v5/order/cancel {{{whole},"orderId":"61","symbol":"{name}"}}']
    return GoldenBook(
        lists=[f"GET /v5/order/realtime?category={category}&limit=50" + (f"&settleCoin={coin}" if coin else "")],
        none={"retCode": 0, "result": {"list": [], "nextPageCursor": ""}},
        one={"retCode": 0, "result": {"list": [one], "nextPageCursor": ""}},
        order=("61", unified),
        empty=[] if category == "inverse" else [
            f"POST /v5/order/cancel-all {{{whole}{kind}{settle}}}" for kind in kinds
        ],
        symbol=[f'POST /v5/order/cancel-all {{{whole}{kind},"symbol":"{name}"}}' for kind in kinds],
        ids=single if category == "inverse" else batch,
    )  # fmt: skip


BYBIT = Golden(
    "bybit",
    {
        "linear USDT": _bybit("linear", "BTCUSDT", LINEAR, "USDT"),
        "linear USDC": _bybit("linear", "BTCPERP", USDC, "USDC"),
        "inverse": _bybit("inverse", "BTCUSD", INVERSE),
        "spot": _bybit("spot", "BTCUSDT", SPOT),
        "option": _bybit("option", "BTC-25DEC26-100000-C", OPTION),
    },
    [
        market(SPOT, "BTCUSDT"),
        market(LINEAR, "BTCUSDT"),
        market(USDC, "BTCPERP"),
        market(INVERSE, "BTCUSD"),
        market(OPTION, "BTC-25DEC26-100000-C"),
    ],
    ok={"retCode": 0, "result": {}},
    learned={
        "GET /v5/market/time": {"retCode": 0, "time": 1700000000000},
        "GET /v5/user/query-api": {"retCode": 0, "result": {"uta": 1, "unified": 0}},
    },
)


# -- OKX --------------------------------------------------------------------------------------------------------------
# https://www.okx.com/docs-v5/en/#order-book-trading-trade-get-order-list (100 a page, `after` an ordId)
# https://www.okx.com/docs-v5/en/#order-book-trading-algo-trading-get-algo-order-list (ordType; `after` an algoId)
# Cancels as recorded for OKX.Net: POST /api/v5/trade/cancel-batch-orders, .../cancel-algos, .../cancel-advance-algos.


def _okx_algo(kind: str, *, advanced: bool) -> GoldenBook:
    line = f"GET /api/v5/trade/orders-algo-pending?limit=100&ordType={kind}"
    body = '[{"algoId":"71","instId":"BTC-USDT-SWAP"}]'
    return GoldenBook(
        lists=[line],
        none={"code": "0", "data": []},
        one={"code": "0", "data": [{"algoId": "71", "instId": "BTC-USDT-SWAP", "side": "sell", "ordType": kind,
                                    "state": "live", "sz": "1", "slTriggerPx": "1", "cTime": "1700000000000"}]},
        order=("71", LINEAR),
        more={line.replace("?", "?after=71&"): {"code": "0", "data": []}},
        ids=[f"POST /api/v5/trade/{path} {body}" for path in ("cancel-algos", "cancel-advance-algos")[: 1 + advanced]],
    )  # fmt: skip


OKX = Golden(
    "okx",
    {
        "regular": GoldenBook(
            lists=["GET /api/v5/trade/orders-pending?limit=100"],
            none={"code": "0", "data": []},
            one={"code": "0", "data": [{"ordId": "70", "instId": "BTC-USDT-SWAP", "side": "buy", "ordType": "limit",
                                        "state": "live", "sz": "1", "px": "1", "cTime": "1700000000000"}]},
            order=("70", LINEAR),
            more={"GET /api/v5/trade/orders-pending?after=70&limit=100": {"code": "0", "data": []}},
            ids=['POST /api/v5/trade/cancel-batch-orders [{"instId":"BTC-USDT-SWAP","ordId":"70"}]'],
        ),
        "conditional": _okx_algo("conditional", advanced=False),
        "oco": _okx_algo("oco", advanced=False),
        "trigger": _okx_algo("trigger", advanced=False),
        "move order stop": _okx_algo("move_order_stop", advanced=True),
        "iceberg": _okx_algo("iceberg", advanced=True),
        "twap": _okx_algo("twap", advanced=True),
    },
    [market(LINEAR, "BTC-USDT-SWAP")],
    ok={"code": "0", "data": []},
    learned={"GET /api/v5/public/time": {"code": "0", "data": [{"ts": "1700000000000"}]}},
)  # fmt: skip


# -- Gate -------------------------------------------------------------------------------------------------------------
# https://www.gate.com/docs/developers/apiv4/en/ and paths as recorded for GateIo.Net: DELETE /api/v4/spot/orders,
# POST /api/v4/spot/cancel_batch_orders, DELETE /api/v4/futures/usdt/orders, .../price_orders and .../price_orders/123.


def _gate(product: str, name: str, unified: str) -> tuple[GoldenBook, GoldenBook]:
    row: Mapping[str, Any] = {"id": 81, "contract": name, "size": 6, "left": 6, "price": "1", "status": "open",
                              "create_time": 1700000000, "tif": "gtc", "fill_price": "0"}  # fmt: skip
    waiting = {"id": 82, "initial": {"contract": name, "size": 6, "price": "1"}, "status": "open",
               "trigger": {"price": "2", "rule": 1}, "create_time": 1700000000}  # fmt: skip
    orders, prices = f"/api/v4/{product}/orders", f"/api/v4/{product}/price_orders"
    return (
        GoldenBook(
            lists=[f"GET {orders}?limit=100&status=open"],
            none=[],
            one=[row],
            order=("81", unified),
            symbol=[f"DELETE {orders}?contract={name}"],
            ids=[f"DELETE {orders}/81"],
        ),
        GoldenBook(
            lists=[f"GET {prices}?limit=100&status=open"],
            none=[],
            one=[waiting],
            order=("82", unified),
            symbol=[f"DELETE {prices}?contract={name}"],
            ids=[f"DELETE {prices}/82"],
        ),
    )


GATE_FUTURE, GATE_OPTION = "BTC/USDT:USDT-261225", "BTC/USDT:USDT-261225-100000-C"
USDT = _gate("futures/usdt", "BTC_USDT", LINEAR)
BTC = _gate("futures/btc", "BTC_USD", INVERSE)
DATED = _gate("delivery/usdt", "BTC_USDT_20261225", GATE_FUTURE)
GATE_SPOT = {"id": "83", "currency_pair": "BTC_USDT", "side": "buy", "type": "limit", "status": "open", "amount": "1",
             "left": "1", "price": "1", "create_time": "1700000000", "create_time_ms": "1700000000000"}  # fmt: skip

GATE = Golden(
    "gate",
    {
        "spot": GoldenBook(
            lists=["GET /api/v4/spot/open_orders?limit=100&page=1"],
            none=[],
            one=[{"currency_pair": "BTC_USDT", "total": 1, "orders": [GATE_SPOT]}],
            more={"GET /api/v4/spot/open_orders?limit=100&page=2": []},
            order=("83", SPOT),
            empty=["DELETE /api/v4/spot/orders"],
            symbol=["DELETE /api/v4/spot/orders?currency_pair=BTC_USDT"],
            ids=['POST /api/v4/spot/cancel_batch_orders [{"currency_pair":"BTC_USDT","id":"83"}]'],
        ),
        "spot trigger": GoldenBook(
            lists=["GET /api/v4/spot/price_orders?limit=100&status=open"],
            none=[],
            one=[{"id": 84, "market": "BTC_USDT", "put": {"side": "buy", "amount": "1", "price": "1", "type": "limit"},
                  "trigger": {"price": "2", "rule": ">="}, "status": "open", "ctime": 1700000000}],
            order=("84", SPOT),
            empty=["DELETE /api/v4/spot/price_orders"],
            symbol=["DELETE /api/v4/spot/price_orders?market=BTC_USDT"],
            ids=["DELETE /api/v4/spot/price_orders/84"],
        ),
        "swap USDT": USDT[0],
        "swap USDT trigger": USDT[1],
        "swap BTC": BTC[0],
        "swap BTC trigger": BTC[1],
        "future USDT": DATED[0],
        "future USDT trigger": DATED[1],
        "option": GoldenBook(
            lists=["GET /api/v4/options/orders?limit=100&status=open"],
            none=[],
            one=[{"id": 85, "contract": "BTC_USDT-20261225-100000-C", "size": 6, "left": 6, "price": "1",
                  "status": "open", "create_time": 1700000000}],
            order=("85", GATE_OPTION),
            empty=["DELETE /api/v4/options/orders"],
            symbol=["DELETE /api/v4/options/orders?contract=BTC_USDT-20261225-100000-C"],
            ids=["DELETE /api/v4/options/orders/85"],
        ),
    },
    [
        market(SPOT, "BTC_USDT"),
        market(LINEAR, "BTC_USDT"),
        market(INVERSE, "BTC_USD"),
        market(GATE_FUTURE, "BTC_USDT_20261225"),
        market(GATE_OPTION, "BTC_USDT-20261225-100000-C"),
    ],
    ok=[],
    learned={"GET /api/v4/spot/time": {"server_time": 1700000000000}},
    unconfirmed=True,
)  # fmt: skip

WIDE = (BINANCE_USD_M, BINANCE_COIN_M, BINANCE, BYBIT, OKX, GATE)
