"""The spot venue's endpoints, and its user stream, which is subscribed to over a websocket API with a signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import orjson

from core.paper.dialects.binance import market as mkt
from core.paper.dialects.binance.codes import WireError
from core.paper.dialects.binance.context import Endpoint, Routes, public
from core.paper.dialects.binance.keys import api_restrictions
from core.paper.dialects.binance.service import BAD_KEY, BinanceDialect
from core.paper.dialects.binance.spot import account as acc
from core.paper.dialects.binance.spot import listing, trade
from core.paper.dialects.binance.spot.user_events import user_frames
from core.paper.dialects.binance.spot.words import SPOT_REFUSALS
from core.paper.engine.events import EngineEvent
from core.paper.engine.model import Refusal
from core.paper.wire import Json, StreamSession

SUBSCRIBE = "userDataStream.subscribe.signature"
UNSUBSCRIBE = "userDataStream.unsubscribe"


class BinanceSpot(BinanceDialect):
    exchange_id = "binance"
    listen_key_path = "/api/v3/userDataStream"
    ccxt_options: ClassVar[Mapping[str, Any]] = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}}
    routes: ClassVar[Routes] = {
        ("GET", "/api/v3/ping"): public(mkt.ping),
        ("GET", "/api/v3/time"): public(mkt.server_time),
        ("GET", "/api/v3/exchangeInfo"): public(listing.exchange_info, 20),
        ("GET", "/api/v3/depth"): public(mkt.depth, 5),
        ("GET", "/api/v3/klines"): public(mkt.klines, 2),
        ("GET", "/api/v3/ticker/24hr"): public(mkt.ticker, 2, 80),
        ("GET", "/api/v3/ticker/bookTicker"): public(mkt.book_ticker, 2, 4),
        ("GET", "/api/v3/ticker/price"): public(mkt.price, 2, 4),
        ("POST", "/api/v3/order"): Endpoint(trade.new_order),
        ("GET", "/api/v3/order"): Endpoint(trade.query_order, 4),
        ("DELETE", "/api/v3/order"): Endpoint(trade.cancel_order),
        ("GET", "/api/v3/openOrders"): Endpoint(trade.open_orders, 6, 80),
        ("DELETE", "/api/v3/openOrders"): Endpoint(trade.cancel_all),
        ("GET", "/api/v3/allOrders"): Endpoint(trade.all_orders, 20),
        ("GET", "/api/v3/account"): Endpoint(acc.account, 20),
        ("GET", "/api/v3/account/commission"): Endpoint(acc.commission, 20),
        ("GET", "/api/v3/myTrades"): Endpoint(acc.my_trades, 20),
        ("GET", "/sapi/v1/system/status"): public(mkt.system_status, 1),
        ("GET", "/sapi/v1/account/apiRestrictions"): Endpoint(api_restrictions, 1),
        ("GET", "/sapi/v1/capital/config/getall"): Endpoint(mkt.nothing, 10),
        ("GET", "/sapi/v1/asset/tradeFee"): Endpoint(acc.trade_fees, 1),
        ("GET", "/sapi/v1/capital/deposit/hisrec"): Endpoint(acc.deposits, 1),
        ("GET", "/sapi/v1/capital/withdraw/history"): Endpoint(acc.withdrawals, 1),
        ("GET", "/sapi/v1/margin/allPairs"): Endpoint(mkt.nothing, 1),
        ("GET", "/sapi/v1/margin/isolated/allPairs"): Endpoint(mkt.nothing, 1),
    }

    def code_of(self, refusal: Refusal, path: str) -> tuple[int, str]:
        return SPOT_REFUSALS[refusal.reason]

    def user_frames(self, event: EngineEvent, at_s: float) -> list[bytes]:
        return user_frames(self._exchange, event, at_s)

    def open_stream(self, path: str, query: Mapping[str, str], at_s: float) -> StreamSession | None:
        if path.startswith("/ws-api/"):
            return StreamSession(combined=True)
        return super().open_stream(path, query, at_s)

    def wrap(self, topic: str, frame: bytes) -> bytes:
        if topic:
            return super().wrap(topic, frame)
        return b'{"subscriptionId":0,"event":' + frame + b"}"

    def stream_message(self, session: StreamSession, text: str, at_s: float) -> list[bytes]:
        try:
            message = orjson.loads(text)
            method, number, params = message["method"], message["id"], message.get("params") or {}
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return super().stream_message(session, text, at_s)
        if method not in {SUBSCRIBE, UNSUBSCRIBE}:
            return super().stream_message(session, text, at_s)
        result: Json = {}
        try:
            if method == SUBSCRIBE:
                session.account = self._signed_by(params, at_s)
                result = {"subscriptionId": 0}
            else:
                session.account = ""
        except WireError as error:
            return [orjson.dumps({"id": number, "status": error.status, "error": error.body()})]
        return [orjson.dumps({"id": number, "status": 200, "result": result, "rateLimits": []})]

    def _signed_by(self, params: Mapping[str, Json], at_s: float) -> str:
        """Whose key signed the parameters of a call, which are signed in the order of their names."""
        account = self._exchange.account_of_key(str(params.get("apiKey", "")))
        if account is None:
            raise WireError(*BAD_KEY)
        sent = {name: str(value) for name, value in params.items()}
        payload = "&".join(f"{name}={sent[name]}" for name in sorted(sent) if name != "signature")
        self.check_signature(account, sent, payload, at_s)
        return account.name
