"""The dialect as a whole: routes with their weights, keys and signatures, error replies."""

from __future__ import annotations

import hashlib
import hmac
import random
import re
from collections.abc import Mapping
from typing import Any

import orjson

from core.paper.dialects.binance_usdm import account as acc
from core.paper.dialects.binance_usdm import market as mkt
from core.paper.dialects.binance_usdm import streams, trade
from core.paper.dialects.binance_usdm.clients import ccxt_settings
from core.paper.dialects.binance_usdm.codes import REFUSALS, WireError
from core.paper.dialects.binance_usdm.context import Call, Endpoint
from core.paper.dialects.binance_usdm.topics import MarketTopics
from core.paper.dialects.binance_usdm.user_events import user_frames
from core.paper.engine.account import Account
from core.paper.engine.events import EngineEvent
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Reason, Refusal
from core.paper.faults import FaultBoard
from core.paper.wire import Json, StreamSession, WireReply, WireRequest

RECV_WINDOW_MS = 5_000
RECV_WINDOW_MAX_MS = 60_000
EARLY_MS = 1_000
"""How far a timestamp may lie ahead of the venue's clock."""
SIGNATURE = re.compile(r"(^|&)signature=[^&]*")
BAD_KEY = (-2015, "Invalid API-key, IP, or permissions for action.", 401)


def _public(handler: Any, weight: int = 1, without: int | None = None) -> Endpoint:
    return Endpoint(handler, weight, without, signed=False, needs_key=False)


ROUTES: dict[tuple[str, str], Endpoint] = {
    ("GET", "/fapi/v1/ping"): _public(mkt.ping),
    ("GET", "/fapi/v1/time"): _public(mkt.server_time),
    ("GET", "/fapi/v1/exchangeInfo"): _public(mkt.exchange_info),
    ("GET", "/fapi/v1/depth"): _public(mkt.depth, 10),
    ("GET", "/fapi/v1/klines"): _public(mkt.klines, 2),
    ("GET", "/fapi/v1/ticker/24hr"): _public(mkt.ticker, 1, 40),
    ("GET", "/fapi/v1/ticker/bookTicker"): _public(mkt.book_ticker, 2, 5),
    ("GET", "/fapi/v1/ticker/price"): _public(mkt.price, 1, 2),
    ("GET", "/fapi/v2/ticker/price"): _public(mkt.price, 1, 2),
    ("GET", "/fapi/v1/premiumIndex"): _public(mkt.premium_index, 1, 10),
    ("GET", "/fapi/v1/leverageBracket"): Endpoint(acc.leverage_bracket),
    ("POST", "/fapi/v1/order"): Endpoint(trade.new_order),
    ("PUT", "/fapi/v1/order"): Endpoint(trade.amend_order),
    ("GET", "/fapi/v1/order"): Endpoint(trade.query_order),
    ("DELETE", "/fapi/v1/order"): Endpoint(trade.cancel_order),
    ("GET", "/fapi/v1/openOrder"): Endpoint(trade.query_open_order),
    ("GET", "/fapi/v1/openOrders"): Endpoint(trade.open_orders, 1, 40),
    ("GET", "/fapi/v1/allOrders"): Endpoint(trade.all_orders, 5),
    ("DELETE", "/fapi/v1/allOpenOrders"): Endpoint(trade.cancel_all_orders),
    ("POST", "/fapi/v1/batchOrders"): Endpoint(trade.new_batch, 5),
    ("DELETE", "/fapi/v1/batchOrders"): Endpoint(trade.cancel_batch),
    ("POST", "/fapi/v1/countdownCancelAll"): Endpoint(trade.count_down, 10),
    ("POST", "/fapi/v1/algoOrder"): Endpoint(trade.new_algo),
    ("GET", "/fapi/v1/algoOrder"): Endpoint(trade.query_algo),
    ("DELETE", "/fapi/v1/algoOrder"): Endpoint(trade.cancel_algo),
    ("GET", "/fapi/v1/openAlgoOrders"): Endpoint(trade.open_algos, 1, 40),
    ("GET", "/fapi/v1/allAlgoOrders"): Endpoint(trade.all_algos, 5),
    ("DELETE", "/fapi/v1/algoOpenOrders"): Endpoint(trade.cancel_all_algos),
    ("GET", "/fapi/v2/account"): Endpoint(acc.account, 5),
    ("GET", "/fapi/v3/account"): Endpoint(acc.account, 5),
    ("GET", "/fapi/v2/balance"): Endpoint(acc.balance, 5),
    ("GET", "/fapi/v3/balance"): Endpoint(acc.balance, 5),
    ("GET", "/fapi/v2/positionRisk"): Endpoint(acc.position_risk, 5),
    ("GET", "/fapi/v3/positionRisk"): Endpoint(acc.position_risk, 5),
    ("GET", "/fapi/v1/userTrades"): Endpoint(acc.user_trades, 5),
    ("GET", "/fapi/v1/income"): Endpoint(acc.income, 30),
    ("POST", "/fapi/v1/leverage"): Endpoint(acc.set_leverage),
    ("POST", "/fapi/v1/marginType"): Endpoint(acc.set_margin_type),
    ("GET", "/fapi/v1/positionSide/dual"): Endpoint(acc.position_mode, 30),
    ("POST", "/fapi/v1/positionSide/dual"): Endpoint(acc.set_position_mode),
    ("GET", "/fapi/v1/multiAssetsMargin"): Endpoint(acc.multi_assets, 30),
    ("GET", "/fapi/v1/accountConfig"): Endpoint(acc.account_config, 5),
    ("GET", "/fapi/v1/symbolConfig"): Endpoint(acc.symbol_config, 5),
    ("GET", "/fapi/v1/commissionRate"): Endpoint(acc.commission_rate, 20),
    ("GET", "/fapi/v1/apiTradingStatus"): Endpoint(acc.trading_status, 1, 10),
    # Binance budgets its spot host apart from the futures host.
    ("GET", "/sapi/v1/system/status"): _public(mkt.system_status, 0),
    ("GET", "/sapi/v1/account/apiRestrictions"): Endpoint(acc.api_restrictions, 0),
    ("GET", "/sapi/v1/capital/config/getall"): Endpoint(acc.nothing, 0),
    ("GET", "/sapi/v1/capital/deposit/hisrec"): Endpoint(acc.nothing, 0),
    ("GET", "/sapi/v1/capital/withdraw/history"): Endpoint(acc.nothing, 0),
    ("GET", "/sapi/v1/margin/allPairs"): Endpoint(acc.nothing, 0),
    ("GET", "/sapi/v1/margin/isolated/allPairs"): Endpoint(acc.nothing, 0),
}
LISTEN_KEY_PATH = "/fapi/v1/listenKey"


class BinanceUsdm:
    exchange_id = "binanceusdm"

    def __init__(
        self,
        venue: str,
        exchange: Exchange,
        faults: FaultBoard,
        *,
        weight_limit: int,
        listen_key_life_s: float,
        mark_period_s: float,
        seed: int,
    ) -> None:
        self._venue = venue
        self._exchange = exchange
        self._faults = faults
        self._weight_limit = weight_limit
        self._keys = streams.StreamKeys(listen_key_life_s, random.Random(f"{seed}:{venue}"))
        self._topics = MarketTopics(exchange, mark_period_s)

    def ccxt_settings(self, url: str) -> dict[str, Json]:
        return ccxt_settings(url)

    # -- REST ------------------------------------------------------------------------------------------------------

    def account_of(self, request: WireRequest) -> str:
        account = self._exchange.account_of_key(request.headers.get("x-mbx-apikey", ""))
        return account.name if account else ""

    def weigh(self, request: WireRequest) -> int:
        endpoint = ROUTES.get((request.method, request.path))
        if endpoint is None:
            return 1
        if endpoint.weight_without_symbol is not None and not request.params.get("symbol"):
            return endpoint.weight_without_symbol
        return endpoint.weight

    def answer(self, request: WireRequest) -> WireReply:
        try:
            return WireReply(200, self._carry_out(request))
        except WireError as error:
            return error.reply()
        except Refusal as refusal:
            code, message = REFUSALS[refusal.reason]
            if refusal.reason is Reason.TOO_MANY_ORDERS and "algo" in request.path:
                code, message = -4045, "Reach max stop order limit."
            return WireError(code, message).reply()

    def _carry_out(self, request: WireRequest) -> Json:
        if request.path == LISTEN_KEY_PATH:
            return self._listen_key(request)
        endpoint = ROUTES.get((request.method, request.path))
        if endpoint is None:
            raise WireError(-5000, f"Path {request.path}, Method {request.method} is invalid", 404)
        caller: Account | None = None
        if endpoint.needs_key:
            caller = self._caller(request)
        if endpoint.signed and caller is not None:
            self._check_signature(request, caller)
        call = Call(self._venue, self._exchange, self._faults, request, self._weight_limit, caller)
        return endpoint.handler(call)

    def _caller(self, request: WireRequest) -> Account:
        key = request.headers.get("x-mbx-apikey", "")
        if not key:
            raise WireError(-2014, "API-key format invalid.", 401)
        account = self._exchange.account_of_key(key)
        if account is None:
            raise WireError(*BAD_KEY)
        return account

    def _check_signature(self, request: WireRequest, caller: Account) -> None:
        sent = request.params.get("signature", "")
        if not request.params.get("timestamp"):
            raise WireError(-1102, "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.")
        if not sent:
            raise WireError(-1102, "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.")
        signed = SIGNATURE.sub("", request.payload)
        right = hmac.new(caller.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, sent):
            raise WireError(-1022, "Signature for this request is not valid.")
        try:
            stamp = int(request.params["timestamp"])
            window = int(float(request.params.get("recvWindow", RECV_WINDOW_MS)))
        except ValueError:
            raise WireError(-1100, "Illegal characters found in parameter 'timestamp'.") from None
        if window > RECV_WINDOW_MAX_MS:
            raise WireError(-1131, "recvWindow must be less than 60000.")
        now = int(request.at_s * 1000)
        if stamp > now + EARLY_MS:
            raise WireError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
        if stamp < now - window:
            raise WireError(-1021, "Timestamp for this request is outside of the recvWindow.")

    def _listen_key(self, request: WireRequest) -> Json:
        name = self._caller(request).name
        if request.method == "POST":
            return {"listenKey": self._keys.create(name, request.at_s)}
        if request.method == "PUT":
            key = self._keys.renew(name, request.at_s)
            if key is None:
                raise WireError(-1125, "This listenKey does not exist.")
            return {"listenKey": key}
        if request.method == "DELETE":
            self._keys.close(name)
            return {}
        raise WireError(-5000, f"Path {request.path}, Method {request.method} is invalid", 404)

    def busy(self, used: int, limit: int, banned: bool, at_s: float, retry_after_s: int) -> WireReply:
        if banned:
            until = int((at_s + retry_after_s) * 1000)
            text = f"Way too many requests; IP banned until {until}. Please use the websocket for live updates."
        else:
            text = (
                f"Too many requests; current limit of IP is {limit} requests per minute, {used} used. "
                "Please use the websocket for live updates to avoid polling the API."
            )
        headers = {"Retry-After": str(retry_after_s)} | self.budget_headers(used)
        return WireReply(418 if banned else 429, {"code": -1003, "msg": text}, headers)

    def budget_headers(self, used: int) -> dict[str, str]:
        return {"X-MBX-USED-WEIGHT-1M": str(used)}

    def unavailable(self, status: int) -> WireReply:
        # What stands in front of the venue answers then, not the venue: a page, no JSON.
        return WireReply(status, f"<html><head><title>{status}</title></head><body></body></html>".encode())

    def denied(self) -> WireReply:
        return WireError(*BAD_KEY).reply()

    # -- streams ---------------------------------------------------------------------------------------------------

    def open_stream(self, path: str, query: Mapping[str, str], at_s: float) -> StreamSession | None:
        return streams.open_stream(self._keys, path, query, at_s)

    def stream_message(self, session: StreamSession, text: str, at_s: float) -> list[bytes]:
        return streams.stream_message(self._keys, session, text, at_s)

    def user_frames(self, event: EngineEvent, at_s: float) -> list[bytes]:
        return user_frames(self._exchange, event, at_s)

    def market_frames(self, topic: str, at_s: float) -> list[bytes]:
        return self._topics.frames(topic, at_s)

    def wrap(self, topic: str, frame: bytes) -> bytes:
        return b'{"stream":' + orjson.dumps(topic) + b',"data":' + frame + b"}"

    def expire_stream_keys(self, at_s: float, account: str | None) -> list[tuple[str, str, bytes]]:
        ended = self._keys.end(at_s, account)
        return [(name, key, streams.expired_frame(key, at_s)) for name, key in ended]
