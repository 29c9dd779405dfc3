"""What all of Binance's venues have in common: keys and signatures, weights, error replies, streams."""

from __future__ import annotations

import hashlib
import hmac
import random
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson

from core.paper.dialects.base import BaseDialect
from core.paper.dialects.binance import streams
from core.paper.dialects.binance.clients import ccxt_settings
from core.paper.dialects.binance.codes import REFUSALS, WireError
from core.paper.dialects.binance.context import Call, Routes
from core.paper.dialects.binance.topics import MarketTopics
from core.paper.engine.account import Account
from core.paper.engine.events import EngineEvent
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Refusal
from core.paper.faults import FaultBoard
from core.paper.spec import PaperSpec
from core.paper.wire import Json, StreamSession, WireReply, WireRequest

RECV_WINDOW_MS = 5_000
RECV_WINDOW_MAX_MS = 60_000
EARLY_MS = 1_000
"""How far a timestamp may lie ahead of the venue's clock."""
SIGNATURE = re.compile(r"(^|&)signature=[^&]*")
BAD_KEY = (-2015, "Invalid API-key, IP, or permissions for action.", 401)


class BinanceDialect(BaseDialect):
    """REST service and streams of one of Binance's venues; a subclass says which endpoints there are."""

    exchange_id: str
    routes: ClassVar[Routes]
    listen_key_path: ClassVar[str]
    key_header = "x-mbx-apikey"
    ccxt_options: ClassVar[Mapping[str, Any]] = {}
    """Options that ccxt's class needs to speak of this venue and no other."""

    def __init__(self, venue: str, exchange: Exchange, faults: FaultBoard, spec: PaperSpec) -> None:
        super().__init__(venue, exchange, faults, spec)
        self._keys = streams.StreamKeys(spec.listen_key_life_s, random.Random(f"{spec.seed}:{venue}"))
        self._topics = MarketTopics(exchange, spec.mark_period_s)

    def ccxt_settings(self, url: str) -> dict[str, Json]:
        return ccxt_settings(url, self.ccxt_options)

    # -- REST ------------------------------------------------------------------------------------------------------

    def weigh(self, request: WireRequest) -> int:
        endpoint = self.routes.get((request.method, request.path))
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
            return WireError(*self.code_of(refusal, request.path)).reply()

    def code_of(self, refusal: Refusal, path: str) -> tuple[int, str]:
        """The venue's code and words for a refusal of the engine."""
        return REFUSALS[refusal.reason]

    def _carry_out(self, request: WireRequest) -> Json:
        if request.path == self.listen_key_path:
            return self._listen_key(request)
        endpoint = self.routes.get((request.method, request.path))
        if endpoint is None:
            raise WireError(-5000, f"Path {request.path}, Method {request.method} is invalid", 404)
        caller: Account | None = None
        if endpoint.needs_key:
            caller = self._caller(request)
        if endpoint.signed and caller is not None:
            self.check_signature(caller, request.params, SIGNATURE.sub("", request.payload), request.at_s)
        return endpoint.handler(self._call(Call, request, caller))

    def _caller(self, request: WireRequest) -> Account:
        key = request.headers.get(self.key_header, "")
        if not key:
            raise WireError(-2014, "API-key format invalid.", 401)
        account = self._exchange.account_of_key(key)
        if account is None:
            raise WireError(*BAD_KEY)
        return account

    def check_signature(self, caller: Account, params: Mapping[str, str], signed: str, at_s: float) -> None:
        """`signed` is what the signature covers; raises WireError unless it is the caller's, and fresh."""
        sent = params.get("signature", "")
        if not params.get("timestamp"):
            raise WireError(-1102, "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.")
        if not sent:
            raise WireError(-1102, "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.")
        right = hmac.new(caller.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, sent):
            raise WireError(-1022, "Signature for this request is not valid.")
        try:
            stamp = int(params["timestamp"])
            window = int(float(params.get("recvWindow", RECV_WINDOW_MS)))
        except ValueError:
            raise WireError(-1100, "Illegal characters found in parameter 'timestamp'.") from None
        if window > RECV_WINDOW_MAX_MS:
            raise WireError(-1131, "recvWindow must be less than 60000.")
        now = int(at_s * 1000)
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

    def cut(self, body: Json, keep: int) -> Json:
        return body[:keep] if isinstance(body, list) else body

    def denied(self) -> WireReply:
        return WireError(*BAD_KEY).reply()

    # -- streams ---------------------------------------------------------------------------------------------------

    def open_stream(self, path: str, query: Mapping[str, str], at_s: float) -> StreamSession | None:
        return streams.open_stream(self._keys, path, query, at_s)

    def stream_message(self, session: StreamSession, text: str, at_s: float) -> list[bytes]:
        return streams.stream_message(self._keys, session, text, at_s)

    def user_frames(self, event: EngineEvent, at_s: float) -> list[bytes]:
        raise NotImplementedError

    def hears(self, session: StreamSession, frame: bytes) -> bool:
        return True

    def stream_closed(self, session: StreamSession, at_s: float) -> None:
        """Nothing here hangs on a connection."""

    def market_frames(self, topic: str, at_s: float) -> list[bytes]:
        return self._topics.frames(topic, at_s)

    def wrap(self, topic: str, frame: bytes) -> bytes:
        return b'{"stream":' + orjson.dumps(topic) + b',"data":' + frame + b"}"

    def expire_stream_keys(self, at_s: float, account: str | None) -> list[tuple[str, str, bytes]]:
        ended = self._keys.end(at_s, account)
        return [(name, key, streams.expired_frame(key, at_s)) for name, key in ended]
