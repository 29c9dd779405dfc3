"""Bybit v5 (`bybit` in ccxt): keys and signatures, return codes in an envelope, rate limits, streams."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from core.paper.dialects.base import BaseDialect
from core.paper.dialects.bybit.clients import ccxt_settings
from core.paper.dialects.bybit.codes import (
    BAD_KEY,
    BAD_SIGN,
    FROM_ADDRESS,
    NO_SUCH_PATH,
    PARAMS,
    TOO_MANY,
    WireError,
    refusal_words,
)
from core.paper.dialects.bybit.context import Call, Outcome
from core.paper.dialects.bybit.disconnect import Disconnects
from core.paper.dialects.bybit.listing import Category
from core.paper.dialects.bybit.protection import Attachments
from core.paper.dialects.bybit.routes import ROUTES
from core.paper.dialects.bybit.streams import Streams
from core.paper.dialects.bybit.topics import PublicTopics
from core.paper.dialects.bybit.trade import requests_of
from core.paper.dialects.bybit.user_events import user_frames
from core.paper.dialects.words import ms
from core.paper.engine.account import Account
from core.paper.engine.events import EngineEvent
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Refusal
from core.paper.faults import FaultBoard
from core.paper.spec import PaperSpec
from core.paper.wire import Json, StreamSession, WireReply, WireRequest

RECV_WINDOW_MS = 5_000
EARLY_MS = 1_000
"""How far a timestamp may lie ahead of the venue's clock."""
LISTS = ("list", "rows", "subMembers", "dcpInfos")
"""What a result calls its rows."""


class Bybit(BaseDialect):
    exchange_id = "bybit"
    key_header = "x-bapi-api-key"

    def __init__(self, venue: str, exchange: Exchange, faults: FaultBoard, spec: PaperSpec) -> None:
        super().__init__(venue, exchange, faults, spec)
        self._disconnects = Disconnects(exchange)
        self._attachments = Attachments(exchange)
        topics = PublicTopics(exchange, spec.mark_period_s)
        self._streams = Streams(venue, exchange, faults, topics, self._disconnects)

    def ccxt_settings(self, url: str) -> dict[str, Json]:
        return ccxt_settings(url)

    # -- REST ------------------------------------------------------------------------------------------------------

    def weigh(self, request: WireRequest) -> int:
        """The real venue counts by account, endpoint and second; here all count alike, and batches by their orders."""
        endpoint = ROUTES.get((request.method, request.path))
        if endpoint is None or not endpoint.is_batch:
            return 1
        try:
            return len(requests_of(request.params.get("request", ""), Category.LINEAR))
        except WireError:
            return 1

    def answer(self, request: WireRequest) -> WireReply:
        try:
            result = self._carry_out(request)
        except WireError as error:
            status = 404 if (error.code, error.message) == NO_SUCH_PATH else 200
            return self._reply(error.code, error.message, error.result, {}, request.at_s, status)
        except Refusal as refusal:
            is_spot = request.params.get("category") == Category.SPOT
            code, message = refusal_words(refusal, is_spot=is_spot)
            return self._reply(code, message, {}, {}, request.at_s)
        if isinstance(result, Outcome):
            return self._reply(0, "OK", result.result, result.extra, request.at_s)
        return self._reply(0, "OK", result, {}, request.at_s)

    def _reply(self, code: int, message: str, result: Json, extra: Json, at_s: float, status: int = 200) -> WireReply:
        body = {"retCode": code, "retMsg": message, "result": result, "retExtInfo": extra, "time": ms(at_s)}
        return WireReply(status, body)

    def _carry_out(self, request: WireRequest) -> Json:
        endpoint = ROUTES.get((request.method, request.path))
        if endpoint is None:
            raise WireError(*NO_SUCH_PATH)
        caller = None if endpoint.is_public else self._caller(request)
        return endpoint.handler(
            self._call(Call, request, caller, disconnects=self._disconnects, attachments=self._attachments)
        )

    def _caller(self, request: WireRequest) -> Account:
        """Who signed; raises WireError unless key, signature and clock are right."""
        headers = request.headers
        key, stamp, sent = (headers.get(f"x-bapi-{name}", "") for name in ("api-key", "timestamp", "sign"))
        if not (key and stamp and sent):
            raise WireError(PARAMS, f"empty value: apiTimestamp[{stamp}] apiKey[{key}] apiSignature[{sent}]")
        account = self._exchange.account_of_key(key)
        if account is None:
            raise WireError(*BAD_KEY)
        window = headers.get("x-bapi-recv-window", str(RECV_WINDOW_MS))
        signed = f"{stamp}{key}{headers.get('x-bapi-recv-window', '')}{request.payload}"
        right = hmac.new(account.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, sent):
            raise WireError(*BAD_SIGN)
        if not (stamp.isdigit() and window.isdigit()):
            raise WireError(PARAMS, "params error: timestamp or recv_window invalid")
        now = ms(request.at_s)
        if not now - int(window) <= int(stamp) < now + EARLY_MS:
            raise WireError(
                10002,
                "invalid request, please check your server timestamp or recv_window param. "
                f"req_timestamp[{stamp}],server_timestamp[{now}],recv_window[{window}]",
            )
        return account

    def busy(self, used: int, limit: int, banned: bool, at_s: float, retry_after_s: int) -> WireReply:
        code, message = FROM_ADDRESS if banned else TOO_MANY
        headers = {
            "X-Bapi-Limit": str(limit),
            "X-Bapi-Limit-Status": "0",
            "X-Bapi-Limit-Reset-Timestamp": str(ms(at_s + retry_after_s)),
        }
        reply = self._reply(code, message, {}, {}, at_s, 403 if banned else 200)
        return WireReply(reply.status, reply.body, headers)

    def budget_headers(self, used: int) -> dict[str, str]:
        return {
            "X-Bapi-Limit": str(self._weight_limit),
            "X-Bapi-Limit-Status": str(max(0, self._weight_limit - used)),
            "X-Bapi-Limit-Reset-Timestamp": str(ms(self._exchange.now())),
        }

    def cut(self, body: Json, keep: int) -> Json:
        result = body.get("result") if isinstance(body, dict) else None
        name = next((name for name in LISTS if isinstance(result, dict) and name in result), None)
        if result is None or name is None:
            return body
        return body | {"result": result | {name: result[name][:keep]}}

    def denied(self) -> WireReply:
        return self._reply(*BAD_KEY, {}, {}, self._exchange.now())

    # -- streams ---------------------------------------------------------------------------------------------------

    def open_stream(self, path: str, query: Mapping[str, str], at_s: float) -> StreamSession | None:
        return self._streams.open(path)

    def stream_message(self, session: StreamSession, text: str, at_s: float) -> list[bytes]:
        return self._streams.message(session, text, at_s)

    def stream_closed(self, session: StreamSession, at_s: float) -> None:
        self._streams.closed(session)

    def user_frames(self, event: EngineEvent, at_s: float) -> list[bytes]:
        return user_frames(self._exchange, self._attachments, event, at_s)

    def hears(self, session: StreamSession, frame: bytes) -> bool:
        return self._streams.hears(session, frame)

    def market_frames(self, topic: str, at_s: float) -> list[bytes]:
        return self._streams.frames(topic, at_s)
