"""Golden lines of the other venues, most of them with a book or two."""

from __future__ import annotations

import json
from typing import Any

from tests.core.venues.plans.golden import Golden, GoldenBook
from tests.core.venues.plans.stub import market

SPOT, LINEAR, INVERSE, FUTURE = "BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC", "BTC/USD:BTC-261225"

# https://docs.kraken.com/api/docs/rest-api/get-open-orders, .../cancel-all-orders, .../cancel-order-batch
KRAKEN = Golden(
    "kraken",
    {
        "regular": GoldenBook(
            lists=["POST /0/private/OpenOrders"],
            none={"error": [], "result": {"open": {}}},
            one={"error": [], "result": {"open": {"OABC": {
                "status": "open", "opentm": 1700000000, "vol": "1", "vol_exec": "0",
                "descr": {"pair": "XBTUSDT", "type": "buy", "ordertype": "limit", "price": "1"}}}}},
            order=("OABC", SPOT),
            empty=["POST /0/private/CancelAll"],
            ids=['POST /0/private/CancelOrderBatch {"orders":["OABC"]}'],
        )
    },
    [market(SPOT, "XBTUSDT", altname="XBTUSDT", wsId="XBT/USDT")],
    ok={"error": [], "result": {}},
    learned={"GET /0/public/Time": {"error": [], "result": {"unixtime": 1700000000}}},
)  # fmt: skip

# https://docs.kraken.com/api/docs/futures-api/trading/cancel-all-orders (no argument: all), .../send-batch-order
KRAKEN_FUTURES = Golden(
    "krakenfutures",
    {
        "regular": GoldenBook(
            lists=["GET /derivatives/api/v3/openorders"],
            none={"result": "success", "openOrders": []},
            one={"result": "success", "openOrders": [{
                "order_id": "abc-1", "symbol": "PF_XBTUSD", "side": "buy", "orderType": "lmt", "limitPrice": 1,
                "unfilledSize": 1, "filledSize": 0, "status": "untouched"}]},
            order=("abc-1", LINEAR),
            empty=["POST /derivatives/api/v3/cancelallorders"],
            symbol=["POST /derivatives/api/v3/cancelallorders?symbol=PF_XBTUSD"],
            ids=[
                "POST /derivatives/api/v3/batchorder "
                + json.dumps({"json": '{"batchOrder":[{"order":"cancel","order_id":"abc-1"}]}'}, separators=(",", ":"))
            ],
        )
    },
    [market(LINEAR, "PF_XBTUSD")],
    ok={"result": "success"},
)  # fmt: skip

# https://docs.deribit.com/#private-get_open_orders, #private-cancel_all, #private-cancel_all_by_instrument
DERIBIT_ROW = {"order_id": "d-1", "instrument_name": "BTC-PERPETUAL", "direction": "buy", "order_type": "limit",
               "order_state": "open", "amount": 10, "price": 1, "creation_timestamp": 1700000000000}  # fmt: skip


def _deribit(prefix: str) -> GoldenBook:
    return GoldenBook(
        lists=[f"GET {prefix}/private/get_open_orders"],
        none={"result": []},
        one={"result": [DERIBIT_ROW]},
        order=("d-1", INVERSE),
        empty=[f"GET {prefix}/private/cancel_all"],
        symbol=[f"GET {prefix}/private/cancel_all_by_instrument?instrument_name=BTC-PERPETUAL"],
        ids=[f"GET {prefix}/private/cancel?order_id=d-1"],
    )


DERIBIT = Golden(
    "deribit",
    {"regular": _deribit("/api/v2")},
    [market(INVERSE, "BTC-PERPETUAL")],
    ok={"result": {}},
    learned={"GET /api/v2/public/get_time": {"result": 1700000000000}},
)
# ccxt 4.5.90 coinbaseinternational.py 2432 and 3093 for the paths; nothing of it confirmed.
COINBASE_INTERNATIONAL = Golden(
    "coinbaseinternational",
    {"regular": _deribit("/api/v2")},
    [market(INVERSE, "BTC-PERPETUAL")],
    ok={"result": {}},
    learned={
        "GET /api/v2/public/get_time": {"result": 1700000000000},
        "POST /api/v2/public/auth": {"result": {"access_token": "a-token", "expires_in": 900}},
    },
    unconfirmed=True,
)

# https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/list-orders and .../cancel-order
HISTORY = "GET /api/v3/brokerage/orders/historical/batch?limit=100&order_status=OPEN"
COINBASE = Golden(
    "coinbase",
    {
        "regular": GoldenBook(
            lists=[HISTORY],
            none={"orders": [], "cursor": ""},
            one={"orders": [{"order_id": "c-1", "product_id": "BTC-USDT", "side": "BUY", "status": "OPEN",
                             "order_configuration": {}, "created_time": "2026-01-01T00:00:00Z"}], "cursor": ""},
            order=("c-1", SPOT),
            ids=['POST /api/v3/brokerage/orders/batch_cancel {"order_ids":["c-1"]}'],
        )
    },
    [market(SPOT, "BTC-USDT")],
    learned={"GET /v2/time": {"data": {"epoch": 1700000000}}},
)  # fmt: skip

# https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/orders/get-all-orders, .../cancel-all-orders,
# .../cancel-an-order
COINBASE_EXCHANGE = Golden(
    "coinbaseexchange",
    {
        "regular": GoldenBook(
            lists=["GET /orders?limit=1000"],
            none=[],
            one=[{"id": "x-1", "product_id": "BTC-USDT", "side": "buy", "type": "limit", "status": "open", "size": "1",
                  "price": "1", "filled_size": "0", "created_at": "2026-01-01T00:00:00Z"}],
            order=("x-1", SPOT),
            empty=["DELETE /orders"],
            ids=["DELETE /orders/x-1"],
        )
    },
    [market(SPOT, "BTC-USDT")],
    learned={"GET /time": {"epoch": 1700000000}},
)  # fmt: skip

# https://mexcdevelop.github.io/apidocs/contract_v1_en/: order/list/open_orders, planorder/list/orders,
# planorder/cancel (symbol and orderId), stoporder/cancel (stopPlanOrderId), ../cancel_all;
# https://www.mexc.com/api-docs/futures/account-and-trading-endpoints/query-trailing-orders: states, pageIndex, pageSize
MX = "/api/v1/private"


def _mexc(row: dict[str, Any]) -> dict[str, Any]:
    return {"success": True, "code": 0, "data": [row]}


def _rows(order_id: str) -> dict[str, Any]:
    return {"id": order_id, "orderId": order_id, "symbol": "BTC_USDT", "side": 1, "vol": 1, "state": 1, "price": 1,
            "triggerPrice": 2, "stopLossPrice": 2, "createTime": 1700000000000, "orderType": 1}  # fmt: skip


NO_ROWS = {"success": True, "code": 0, "data": []}
MEXC = Golden(
    "mexc",
    {
        "spot": GoldenBook(
            lists=["GET /api/v3/openOrders"],
            none=[],
            one=[{"orderId": "m-0", "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "status": "NEW",
                  "origQty": "1", "price": "1", "time": 1700000000000}],
            order=("m-0", SPOT),
            empty=["DELETE /api/v3/order/all"],
            symbol=["DELETE /api/v3/openOrders?symbol=BTCUSDT"],
            ids=["DELETE /api/v3/order?orderId=m-0&symbol=BTCUSDT"],
        ),
        "swap": GoldenBook(
            lists=[f"GET {MX}/order/list/open_orders?page_num=1&page_size=100"],
            none=NO_ROWS,
            one=_mexc(_rows("111")),
            order=("111", LINEAR),
            empty=[f"POST {MX}/order/cancel_all"],
            symbol=[f'POST {MX}/order/cancel_all {{"symbol":"BTC_USDT"}}'],
            ids=[f'POST {MX}/order/cancel ["111"]'],
        ),
        "swap plan": GoldenBook(
            lists=[f"GET {MX}/planorder/list/orders?page_num=1&page_size=100&states=1"],
            none=NO_ROWS,
            one=_mexc(_rows("112")),
            order=("112", LINEAR),
            empty=[f"POST {MX}/planorder/cancel_all"],
            symbol=[f'POST {MX}/planorder/cancel_all {{"symbol":"BTC_USDT"}}'],
            ids=[f'POST {MX}/planorder/cancel [{{"orderId":"112","symbol":"BTC_USDT"}}]'],
        ),
        "swap tpsl": GoldenBook(
            lists=[f"GET {MX}/stoporder/open_orders"],
            none=NO_ROWS,
            one=_mexc(_rows("113")),
            order=("113", LINEAR),
            empty=[f"POST {MX}/stoporder/cancel_all"],
            symbol=[f'POST {MX}/stoporder/cancel_all {{"symbol":"BTC_USDT"}}'],
            ids=[f'POST {MX}/stoporder/cancel [{{"stopPlanOrderId":"113"}}]'],
        ),
        "swap trailing": GoldenBook(
            lists=[f"GET {MX}/trackorder/list/orders?pageIndex=1&pageSize=100&states=0,1"],
            none=NO_ROWS,
            one=_mexc(_rows("114")),
            order=("114", LINEAR),
            ids=[f'POST {MX}/trackorder/cancel {{"symbol":"BTC_USDT","trackOrderId":"114"}}'],
        ),
    },
    [market(SPOT, "BTCUSDT"), market(LINEAR, "BTC_USDT")],
    ok={"success": True, "code": 0, "data": []},
    learned={"GET /api/v3/time": {"serverTime": 1700000000000}},
    unconfirmed=True,
)  # fmt: skip

# HTX.Net: GET /v5/trade/order/opens, GET /v5/algo/order/opens (algo_type), POST /v5/algo/cancel_orders (contract_code,
# algo_id), POST /swap-api/v1/swap_openorders and ..._cancelall; https://huobiapi.github.io/docs/spot/v1/en/
CODE = "BTC-USDT"


def _htx_inverse(swap: bool, kind: str) -> GoldenBook:
    stem = f"/swap-api/v1/swap_{kind}" if swap else f"/api/v1/contract_{kind}"
    code = "BTC-USD" if swap else "BTC261225"
    which = f'"contract_code":"{code}"' + ("" if swap else ',"symbol":"BTC"')
    one = f'"contract_code":"{code}","order_id":"123"' + ("" if swap else ',"symbol":"BTC"')
    listing = f'"contract_code":"{code}","page_index":1,"page_size":50' + ("" if swap else ',"symbol":"BTC"')
    row = {"order_id": "123", "order_id_str": "123", "contract_code": code, "direction": "buy", "volume": 1, "price": 1,
           "status": 3, "created_at": 1700000000000, "order_type": 1}  # fmt: skip
    reply = {"status": "ok", "data": {"orders": [row], "total_page": 1, "current_page": 1}}
    return GoldenBook(
        lists=[f"POST {stem}openorders {{{listing}}}"],
        none={"status": "ok", "data": {"orders": [], "total_page": 0}},
        one=reply,
        order=("123", INVERSE if swap else FUTURE),
        symbol=[f"POST {stem}cancelall {{{which}}}"],
        ids=[f"POST {stem}cancel {{{one}}}"],
    )


def _htx_algo(kind: str) -> GoldenBook:
    line = f"GET /v5/algo/order/opens?algo_type={kind}&limit=100&type={kind}"
    row = {"id": "122", "algo_id": "122", "contract_code": CODE, "side": "buy", "type": kind, "volume": "1",
           "state": "new", "trigger_price": "2", "created_time": "1700000000000"}  # fmt: skip
    return GoldenBook(
        lists=[line],
        none={"code": 200, "data": []},
        one={"code": 200, "data": [row]},
        more={line.replace("&limit", "&from=122&limit"): {"code": 200, "data": []}},
        order=("122", LINEAR),
        ids=[f'POST /v5/algo/cancel_orders [{{"algo_id":"122","contract_code":"{CODE}"}}]'],
    )


HTX = Golden(
    "htx",
    {
        "spot": GoldenBook(
            lists=["GET /v1/order/openOrders?account-id=77&size=500"],
            none={"status": "ok", "data": []},
            one={"status": "ok", "data": [{"id": 120, "symbol": "btcusdt", "type": "buy-limit", "state": "submitted",
                                           "amount": "1", "price": "1", "created-at": 1700000000000}]},
            more={"GET /v1/order/openOrders?account-id=77&from=120&size=500": {"status": "ok", "data": []}},
            order=("120", SPOT),
            empty=["POST /v1/order/orders/batchCancelOpenOrders"],
            symbol=['POST /v1/order/orders/batchCancelOpenOrders {"symbol":"btcusdt"}'],
            ids=['POST /v1/order/orders/batchcancel {"order-ids":["120"]}'],
        ),
        "spot algo": GoldenBook(
            lists=["GET /v2/algo-orders/opening?limit=500"],
            none={"code": 200, "data": []},
            one={"code": 200, "data": [{"clientOrderId": "mine", "symbol": "btcusdt", "orderSide": "buy",
                                        "orderSize": "1", "stopPrice": "2"}]},
            order=("mine", SPOT),
            ids=['POST /v2/algo-orders/cancellation {"clientOrderIds":["mine"]}'],
        ),
        "linear": GoldenBook(
            lists=["GET /v5/trade/order/opens?limit=100"],
            none={"code": 200, "data": []},
            one={"code": 200, "data": [{"id": "121", "order_id": "121", "contract_code": CODE, "side": "buy",
                                        "type": "limit", "volume": "1", "price": "1", "state": "new",
                                        "created_time": "1700000000000"}]},
            more={"GET /v5/trade/order/opens?from=121&limit=100": {"code": 200, "data": []}},
            order=("121", LINEAR),
            symbol=[f'POST /v5/trade/cancel_all_orders {{"contract_code":"{CODE}"}}'],
            ids=[f'POST /v5/trade/cancel_order {{"contract_code":"{CODE}","order_id":"121"}}'],
        ),
        "linear trigger": _htx_algo("trigger"),
        "linear tpsl": _htx_algo("tpsl"),
        "linear trailing": _htx_algo("trailing_stop"),
        "inverse swap": _htx_inverse(True, ""),
        "inverse swap trigger": _htx_inverse(True, "trigger_"),
        "inverse swap tpsl": _htx_inverse(True, "tpsl_"),
        "inverse swap trailing": _htx_inverse(True, "track_"),
        "inverse future": _htx_inverse(False, ""),
        "inverse future trigger": _htx_inverse(False, "trigger_"),
        "inverse future tpsl": _htx_inverse(False, "tpsl_"),
        "inverse future trailing": _htx_inverse(False, "track_"),
    },
    [market(SPOT, "btcusdt"), market(LINEAR, CODE), market(INVERSE, "BTC-USD"), market(FUTURE, "BTC261225")],
    ok={"status": "ok", "code": 200, "data": {}},
    learned={
        "GET /v1/common/timestamp": {"status": "ok", "data": 1700000000000},
        "GET /v1/account/accounts": {"status": "ok", "data": [{"id": 77, "type": "spot", "state": "working"}]},
    },
    unconfirmed=True,
)  # fmt: skip

# https://docs.bitfinex.com/reference/rest-auth-retrieve-orders and .../rest-auth-cancel-orders-multiple
BITFINEX_ROW = [131, None, 7, "tBTCUST", 1700000000000, 1700000000000, 1, 1, "EXCHANGE LIMIT", None, None, None, 0,
                "ACTIVE", None, None, 1, 0, 0, 0, None, None, None, 0, 0, None, None,
                None, "API", None, None, {}]  # fmt: skip
BITFINEX = Golden(
    "bitfinex",
    {
        "regular": GoldenBook(
            lists=["POST /v2/auth/r/orders"],
            none=[],
            one=[BITFINEX_ROW],
            order=("131", SPOT),
            empty=['POST /v2/auth/w/order/cancel/multi {"all":1}'],
            ids=['POST /v2/auth/w/order/cancel/multi {"id":[131]}'],
        )
    },
    [market(SPOT, "tBTCUST")],
    ok=[1700000000000, "oc_multi-req", None, None, [], None, "SUCCESS", ""],
)


# https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/info-endpoint#retrieve-a-users-open-orders-with-additional-frontend-info
# https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/exchange-endpoint#cancel-order-s
def _hyperliquid(dex: str, coin: str, asset: int, unified: str) -> GoldenBook:
    ask = '{"dex":"' + dex + '","type":"frontendOpenOrders"}' if dex else '{"type":"frontendOpenOrders"}'
    return GoldenBook(
        lists=[f"POST /info {ask}"],
        none=[],
        one=[{"coin": coin, "oid": 141, "side": "B", "limitPx": "1", "sz": "1", "origSz": "1", "orderType": "Limit",
              "timestamp": 1700000000000, "isTrigger": False, "reduceOnly": False}],
        order=("141", unified),
        ids=['POST /exchange {"action":{"cancels":[{"a":' + str(asset) + ',"o":141}],"type":"cancel"}}'],
    )  # fmt: skip


HYPERLIQUID = Golden(
    "hyperliquid",
    {
        "regular": _hyperliquid("", "BTC", 0, "BTC/USDC:USDC"),
        "dex xyz": _hyperliquid("xyz", "xyz:GOLD", 110003, "XYZ-GOLD/USDC:USDC"),
    },
    [
        market("BTC/USDC:USDC", "0", baseId="0", baseName="BTC", info={"name": "BTC"}),
        market("XYZ-GOLD/USDC:USDC", "110003", baseId="110003", baseName="xyz:GOLD", info={"dex": "xyz", "hip3": True}),
    ],
    ok={"status": "ok", "response": {"type": "cancel", "data": {"statuses": ["success"]}}},
    learned={
        'POST /info {"type":"exchangeStatus"}': {"time": 1700000000000},
        'POST /info {"type":"userAbstraction"}': '"default"',
    },
    unconfirmed=True,
)

# https://bingx-api.github.io/docs/#/en-us/spot/trade-api.html and .../swapV2/trade-api.html
BX = "/openApi"


def _bingx(order_id: str, **more: Any) -> dict[str, Any]:
    return {"orderId": order_id, "symbol": "BTC-USDT", "side": "BUY", "type": "LIMIT", "status": "NEW", "origQty": "1",
            "price": "1", "time": 1700000000000} | more  # fmt: skip


BINGX = Golden(
    "bingx",
    {
        "spot": GoldenBook(
            lists=[f"GET {BX}/spot/v1/trade/openOrders"],
            none={"code": 0, "data": {"orders": []}},
            one={"code": 0, "data": {"orders": [_bingx("151")]}},
            order=("151", SPOT),
            empty=[f"POST {BX}/spot/v1/trade/cancelOpenOrders"],
            symbol=[f"POST {BX}/spot/v1/trade/cancelOpenOrders?symbol=BTC-USDT"],
            ids=[f"POST {BX}/spot/v1/trade/cancel?orderId=151&symbol=BTC-USDT"],
        ),
        "linear swap": GoldenBook(
            lists=[f"GET {BX}/swap/v2/trade/openOrders"],
            none={"code": 0, "data": {"orders": []}},
            one={"code": 0, "data": {"orders": [_bingx("152")]}},
            order=("152", LINEAR),
            empty=[f"DELETE {BX}/swap/v2/trade/allOpenOrders"],
            symbol=[f"DELETE {BX}/swap/v2/trade/allOpenOrders?symbol=BTC-USDT"],
            ids=[f"DELETE {BX}/swap/v2/trade/order?orderId=152&symbol=BTC-USDT"],
        ),
        "inverse swap": GoldenBook(
            lists=[f"GET {BX}/cswap/v1/trade/openOrders"],
            none={"code": 0, "data": {"orders": []}},
            one={"code": 0, "data": {"orders": [_bingx("153", symbol="BTC-USD")]}},
            order=("153", INVERSE),
            symbol=[f"DELETE {BX}/cswap/v1/trade/allOpenOrders?symbol=BTC-USD"],
            ids=[f"DELETE {BX}/cswap/v1/trade/cancelOrder?orderId=153&symbol=BTC-USD"],
        ),
        "linear swap twap": GoldenBook(
            lists=[f"GET {BX}/swap/v1/twap/openOrders"],
            none={"code": 0, "data": {"list": []}},
            one={"code": 0, "data": {"list": [{"mainOrderId": "154", "symbol": "BTC-USDT", "side": "SELL",
                                               "totalAmount": "5", "triggerPrice": "2"}]}},
            order=("154", LINEAR),
            ids=[f"POST {BX}/swap/v1/twap/cancelOrder?mainOrderId=154"],
        ),
    },
    [market(SPOT, "BTC-USDT"), market(LINEAR, "BTC-USDT"), market(INVERSE, "BTC-USD")],
    ok={"code": 0, "data": {}},
    learned={f"GET {BX}/swap/v2/server/time": {"code": 0, "data": {"serverTime": 1700000000000}}},
    unconfirmed=True,
)  # fmt: skip


# https://phemex-docs.github.io/#cancel-all-orders: DELETE /g-orders/all?symbol=<symbol>&untriggered=<untriggered>
def _phemex(listing: str, emptying: str, one: str, name: str, unified: str, rows: Any) -> GoldenBook:
    row = {"orderID": "161", "symbol": name, "side": "Buy", "orderType": "Limit", "ordType": "Limit",
           "ordStatus": "New", "orderQtyRq": "1", "priceRp": "1", "orderQty": 1, "priceEp": 10000,
           "actionTimeNs": 1700000000000000000}  # fmt: skip
    return GoldenBook(
        lists=[f"GET {listing}?symbol={name}"],
        none={"code": 10002, "msg": "OM_ORDER_NOT_FOUND", "data": None},
        one={"code": 0, "data": rows([row])},
        order=("161", unified),
        symbol=[f"DELETE {emptying}?symbol={name}&untriggered={text}" for text in ("false", "true")],
        ids=[f"DELETE {one}?orderID=161&symbol={name}"],
    )


PHEMEX = Golden(
    "phemex",
    {
        "linear": _phemex(
            "/g-orders/activeList", "/g-orders/all", "/g-orders/cancel", "BTCUSDT", LINEAR, lambda rows: {"rows": rows}
        ),
        "inverse": _phemex(
            "/orders/activeList", "/orders/all", "/orders/cancel", "BTCUSD", INVERSE, lambda rows: {"rows": rows}
        ),
        "spot": _phemex("/spot/orders", "/spot/orders/all", "/spot/orders", "sBTCUSDT", SPOT, lambda rows: rows),
    },
    [
        market(LINEAR, "BTCUSDT"),
        market(INVERSE, "BTCUSD", valueScale=8, priceScale=4),
        market(SPOT, "sBTCUSDT", valueScale=8, priceScale=8),
    ],
    ok={"code": 0, "data": {}},
    unconfirmed=True,
)

# ccxt 4.5.90 woo.py 1673 and 1846 for the paths; nothing of it confirmed.
WOO = Golden(
    "woo",
    {
        "regular": GoldenBook(
            lists=["GET /v3/trade/orders?page=1&size=500&status=INCOMPLETE"],
            none={"success": True, "data": {"rows": []}},
            one={"success": True, "data": {"rows": [{
                "orderId": 171, "symbol": "PERP_BTC_USDT", "side": "BUY", "type": "LIMIT", "status": "NEW",
                "quantity": "1", "price": "1", "createdTime": "1700000000.000"}]}},
            order=("171", LINEAR),
            empty=["DELETE /v3/trade/allOrders"],
            symbol=["DELETE /v3/trade/allOrders?symbol=PERP_BTC_USDT"],
            ids=["DELETE /v3/trade/order?orderId=171&symbol=PERP_BTC_USDT"],
        ),
        "algo": GoldenBook(
            lists=["GET /v3/trade/algoOrders?page=1&size=500&status=INCOMPLETE"],
            none={"success": True, "data": {"rows": []}},
            one={"success": True, "data": {"rows": [{
                "algoOrderId": 172, "symbol": "PERP_BTC_USDT", "side": "BUY", "type": "LIMIT", "algoStatus": "NEW",
                "quantity": "1", "triggerPrice": "2", "createdTime": "1700000000.000"}]}},
            order=("172", LINEAR),
            empty=["DELETE /v3/trade/algoOrders"],
            ids=["DELETE /v3/trade/algoOrder?algoOrderId=172"],
        ),
    },
    [market(LINEAR, "PERP_BTC_USDT")],
    ok={"success": True, "data": {}},
    learned={"GET /v3/public/systemInfo": {"success": True, "timestamp": 1700000000000}},
    unconfirmed=True,
)  # fmt: skip

# https://exchange-docs.crypto.com/exchange/v1/rest-ws/index.html#private-cancel-all-orders and the three
# private-advanced-get-open-orders, private-advanced-cancel-all-orders, private-advanced-cancel-order
CX = "POST /exchange/v1/private"
CX_ROW = {"order_id": "181", "instrument_name": "BTCUSD-PERP", "side": "BUY", "order_type": "LIMIT", "status": "ACTIVE",
          "quantity": "1", "limit_price": "1", "cumulative_quantity": "0", "create_time": 1700000000000}  # fmt: skip


def _crypto(prefix: str) -> GoldenBook:
    return GoldenBook(
        lists=[f"{CX}/{prefix}get-open-orders"],
        none={"code": 0, "result": {"data": []}},
        one={"code": 0, "result": {"data": [CX_ROW]}},
        order=("181", LINEAR),
        empty=[f'{CX}/{prefix}cancel-all-orders {{"type":"ALL"}}'],
        symbol=[f'{CX}/{prefix}cancel-all-orders {{"instrument_name":"BTCUSD-PERP","type":"ALL"}}'],
        ids=[f'{CX}/{prefix}cancel-order {{"order_id":"181"}}'],
    )


CRYPTO_COM = Golden(
    "cryptocom",
    {"regular": _crypto(""), "advanced": _crypto("advanced/")},
    [market(LINEAR, "BTCUSD-PERP")],
    ok={"code": 0, "result": {}},
)


# https://github.com/asterdex/api-docs, V3 futures and spot: openOrders, allOpenOrders, order
def _aster(api: str, unified: str) -> GoldenBook:
    return GoldenBook(
        lists=[f"GET /{api}/v3/openOrders"],
        none=[],
        one=[{"orderId": 191, "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "status": "NEW", "origQty": "1",
              "price": "1", "time": 1700000000000}],
        order=("191", unified),
        symbol=[f'DELETE /{api}/v3/allOpenOrders {{"symbol":"BTCUSDT"}}'],
        ids=[f'DELETE /{api}/v3/order {{"orderId":"191","symbol":"BTCUSDT"}}'],
    )  # fmt: skip


ASTER = Golden(
    "aster",
    {"futures": _aster("fapi", LINEAR), "spot": _aster("api", SPOT)},
    [market(SPOT, "BTCUSDT"), market(LINEAR, "BTCUSDT")],
    learned={"GET /api/v3/time": {"serverTime": 1700000000000}},
    unconfirmed=True,
)

# https://docs.backpack.exchange/#tag/Order/operation/cancel_open_orders (symbol, orderType) and #tag/Strategy
BACKPACK = Golden(
    "backpack",
    {
        "regular": GoldenBook(
            lists=["GET /api/v1/orders"],
            none=[],
            one=[{"id": "201", "symbol": "BTC_USDT_PERP", "side": "Bid", "orderType": "Limit", "status": "New",
                  "quantity": "1", "price": "1", "createdAt": 1700000000000}],
            order=("201", LINEAR),
            symbol=[f'DELETE /api/v1/orders {{"orderType":"{kind}","symbol":"BTC_USDT_PERP"}}'
                    for kind in ("RestingLimitOrder", "ConditionalOrder")],
            ids=['DELETE /api/v1/order {"orderId":"201","symbol":"BTC_USDT_PERP"}'],
        ),
        "strategies": GoldenBook(
            lists=["GET /api/v1/strategies"],
            none=[],
            one=[{"id": "202", "symbol": "BTC_USDT_PERP", "side": "Bid", "quantity": "1"}],
            order=("202", LINEAR),
            symbol=['DELETE /api/v1/strategies {"symbol":"BTC_USDT_PERP"}'],
            ids=['DELETE /api/v1/strategy {"strategyId":"202","symbol":"BTC_USDT_PERP"}'],
        ),
    },
    [market(LINEAR, "BTC_USDT_PERP")],
    learned={"GET /api/v1/time": "1700000000000"},
    unconfirmed=True,
)  # fmt: skip

NARROW = (
    KRAKEN, KRAKEN_FUTURES, DERIBIT, COINBASE_INTERNATIONAL, COINBASE, COINBASE_EXCHANGE, MEXC, HTX, BITFINEX,
    HYPERLIQUID, BINGX, PHEMEX, WOO, CRYPTO_COM, ASTER, BACKPACK,
)  # fmt: skip
