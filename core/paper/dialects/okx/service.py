"""The OKX dialect: keys, limits per endpoint, replies, streams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from core.paper.budget import WindowMeter
from core.paper.dialects.base import BaseDialect
from core.paper.dialects.okx import keys
from core.paper.dialects.okx.channels import Channels
from core.paper.dialects.okx.codes import REFUSALS, WireError, answered
from core.paper.dialects.okx.context import By, Call, Endpoint, rows_of
from core.paper.dialects.okx.routes import ROUTES
from core.paper.dialects.okx.topics import MarketTopics, topic_of
from core.paper.dialects.okx.user_events import user_frames
from core.paper.engine.account import Account
from core.paper.engine.events import EngineEvent
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Refusal
from core.paper.faults import FaultBoard
from core.paper.spec import PaperSpec
from core.paper.wire import Json, StreamSession, WireReply, WireRequest

OWN_LIMITS_AT = 2400
"""The site's weight limit at which the limits are OKX's own."""
WINDOW_S = 2.0
TOO_FAST = ("50011", "Too Many Requests", 429)


class Okx(BaseDialect):
    exchange_id = "okx"
    key_header = "ok-access-key"

    def __init__(self, venue: str, exchange: Exchange, faults: FaultBoard, spec: PaperSpec) -> None:
        super().__init__(venue, exchange, faults, spec)
        self._meter = WindowMeter(WINDOW_S)
        self._topics = MarketTopics(exchange, spec.mark_period_s)
        self._channels = Channels(venue, exchange, faults, self._topics)

    def ccxt_settings(self, url: str) -> dict[str, Json]:
        return {"urls": {"api": {"rest": url, "ws": url.replace("http", "ws", 1) + "/ws/v5"}}}

    # -- REST ------------------------------------------------------------------------------------------------------

    def weigh(self, request: WireRequest) -> int:
        return 0  # nothing is counted per address and minute

    def answer(self, request: WireRequest) -> WireReply:
        try:
            data = self._carry_out(request)
        except WireError as error:
            return error.reply()
        except Refusal as refusal:
            return WireError(*REFUSALS[refusal.reason]).reply()
        return WireReply(200, data if isinstance(data, dict) else answered(data))

    def _carry_out(self, request: WireRequest) -> Json:
        endpoint = ROUTES.get((request.method, request.path))
        if endpoint is None:
            raise WireError("50404", f"{request.method} {request.path} is not available", 404)
        if request.method == "POST" and not request.headers.get("content-type", "").startswith("application/json"):
            raise WireError("50006", 'Invalid Content-Type, please use "application/json" format', 400)
        caller: Account | None = None
        if not endpoint.is_public:
            caller = keys.check_request(self._exchange, request)
        self._count(endpoint, request, caller)
        return endpoint.handler(self._call(Call, request, caller))

    def _count(self, endpoint: Endpoint, request: WireRequest, caller: Account | None) -> None:
        """Charge the limits of the endpoint; raises WireError where one is used up."""
        who = caller.name if caller else request.address
        where = f"{request.method} {request.path} {who}"
        most = endpoint.most * self._weight_limit / OWN_LIMITS_AT
        wanted: dict[str, tuple[float, float]] = {where: (1, most)}
        if endpoint.by is By.INSTRUMENT:
            counts = Counter(row.get("instId", "") for row in rows_of(request))
            wanted = {f"{where} {symbol}": (count, most) for symbol, count in counts.items()}
        if not self._meter.charge(wanted, request.at_s):
            raise WireError(*TOO_FAST)

    def busy(self, used: int, limit: int, banned: bool, at_s: float, retry_after_s: int) -> WireReply:
        reply = WireError(*TOO_FAST).reply()
        return WireReply(reply.status, reply.body, {"Retry-After": str(retry_after_s)})

    def budget_headers(self, used: int) -> dict[str, str]:
        return {}

    def denied(self) -> WireReply:
        return WireError("50111", "Invalid OK-ACCESS-KEY", 401).reply()

    def cut(self, body: Json, keep: int) -> Json:
        rows = body.get("data") if isinstance(body, dict) else None
        return body | {"data": rows[:keep]} if isinstance(rows, list) else body

    # -- streams ---------------------------------------------------------------------------------------------------

    def open_stream(self, path: str, query: Mapping[str, str], at_s: float) -> StreamSession | None:
        return self._channels.open(path)

    def stream_message(self, session: StreamSession, text: str, at_s: float) -> list[bytes]:
        return self._channels.message(session, text, at_s)

    def user_frames(self, event: EngineEvent, at_s: float) -> list[bytes]:
        """A frame for each subscription of the account, whose words it repeats; all channels where nobody listens."""
        return user_frames(self._exchange, event, at_s, self._channels.topics_of(event.account))

    def hears(self, session: StreamSession, frame: bytes) -> bool:
        return topic_of(frame) in session.topics

    def stream_closed(self, session: StreamSession, at_s: float) -> None:
        self._channels.closed(session)

    def market_frames(self, topic: str, at_s: float) -> list[bytes]:
        return self._topics.frames(topic, at_s)
