"""One venue's server on loopback: takes requests off the socket, lets faults and budgets have their say, asks the
dialect, writes the log. Paths below `/__paper/` are the control API and meet neither faults nor budgets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from core.clock import Clock
from core.paper.budget import Charge, LogEntry, RequestLog, WeightMeter
from core.paper.faults import FaultBoard, FaultKind
from core.paper.hub import StreamHub
from core.paper.wire import Dialect, Json, WireReply, WireRequest

HANG_POLL_S = 0.05
LOOPBACK = "127.0.0.1"
HIDDEN_PARAMS = frozenset({"signature"})
Install = Callable[[web.Application], None]


class VenueServer:
    def __init__(
        self,
        venue: str,
        dialect: Dialect,
        clock: Clock,
        faults: FaultBoard,
        log: RequestLog,
        *,
        weight_limit: int,
        minute_s: float,
        ping_s: float,
    ) -> None:
        self.venue = venue
        self.dialect = dialect
        self.meter = WeightMeter(weight_limit, minute_s)
        self.hub = StreamHub(venue, dialect, faults, self.now)
        self.url = ""
        self._clock = clock
        self._faults = faults
        self._log = log
        self._ping_s = ping_s
        self._runner: web.AppRunner | None = None

    def now(self) -> float:
        """The venue's clock, seconds since the epoch, skewed where a fault says so."""
        return self._clock.now() + self._faults.skew_s(self.venue)

    async def start(self, install: Install, port: int = 0) -> None:
        """Listen on a free loopback port; `install` adds the control routes."""
        app = web.Application()
        install(app)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, port)
        await site.start()
        self.url = f"http://{LOOPBACK}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self.hub.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._handle_stream(request)
        began = self._clock.monotonic()
        wire = await self._read(request)
        account = self.dialect.account_of(wire)
        seq, weight, status = self._log.next_seq(), self.dialect.weigh(wire), 0
        try:
            response = await self._respond(request, wire, account, weight)
            status = response.status
            return response
        finally:
            shown = {name: value for name, value in wire.params.items() if name not in HIDDEN_PARAMS}
            took = self._clock.monotonic() - began
            at_s = self._clock.now() - took
            self._log.add(
                LogEntry(seq, self.venue, at_s, began, account, wire.method, wire.path, shown, weight, status, took)
            )

    async def _read(self, request: web.Request) -> WireRequest:
        query = request.raw_path.partition("?")[2]
        body = (await request.read()).decode("utf-8", "replace")
        sent = _members(body) if request.content_type == "application/json" else None
        form = "" if sent is not None else body
        params = dict(parse_qsl(f"{query}&{form}" if query and form else query or form, keep_blank_values=True))
        return WireRequest(
            method=request.method,
            path=request.path,
            params=params | (sent or {}),
            payload=query + body,
            headers={name.lower(): value for name, value in request.headers.items()},
            at_s=self.now(),
            address=request.remote or "",
        )

    async def _respond(self, request: web.Request, wire: WireRequest, account: str, weight: int) -> web.Response:
        refused = await self._before(request, wire, account)
        if refused is not None:
            return _response(refused)
        charge = self.meter.charge(request.remote or "", weight, self.now())
        if not charge.allowed:
            return _response(self._over_budget(charge))
        reply = self.dialect.answer(wire)
        return self._after(wire, account, reply, charge)

    def _over_budget(self, charge: Charge) -> WireReply:
        return self.dialect.busy(charge.used, self.meter.limit, charge.banned, self.now(), charge.retry_after_s)

    async def _before(self, request: web.Request, wire: WireRequest, account: str) -> WireReply | None:
        """Faults that come before the venue does anything."""
        where = (self.venue, account, wire.method, wire.path)
        if latency := self._faults.strike(FaultKind.LATENCY, *where):
            await asyncio.sleep(latency[1].seconds)
        await self._hang(request, account, wire.method, wire.path)
        if self._faults.strike(FaultKind.REFUSE, *where) and isinstance(request.transport, asyncio.Transport):
            request.transport.abort()
            return self.dialect.unavailable(503)
        if failing := self._faults.strike(FaultKind.STATUS, *where):
            return self.dialect.unavailable(failing[1].status)
        if busy := self._faults.strike(FaultKind.BUSY, *where):
            seconds = max(1, round(busy[1].seconds))
            used = self.meter.used(request.remote or "", self.now())
            return self.dialect.busy(used, self.meter.limit, False, self.now(), seconds)
        if account and self._faults.strike(FaultKind.REVOKE_KEY, *where):
            return self.dialect.denied()
        return None

    async def _hang(self, request: web.Request, account: str, method: str, path: str) -> None:
        """Hold a request while a fault says so, or until its client gives up."""
        hang = self._faults.strike(FaultKind.HANG, self.venue, account, method, path)
        # A fault that is used up with this request holds it for good; otherwise until the fault ends.
        while hang is not None and (hang[1].count is not None or self._faults.is_active(hang[0])):
            if request.transport is None or request.transport.is_closing():
                break
            await asyncio.sleep(HANG_POLL_S)

    def _after(self, wire: WireRequest, account: str, reply: WireReply, charge: Charge) -> web.Response:
        """Faults that spoil an answer which the venue has already acted upon."""
        where = (self.venue, account, wire.method, wire.path)
        body = self._truncated(reply.body, where)
        headers = dict(reply.headers) | self.dialect.budget_headers(charge.used)
        response = _response(WireReply(reply.status, body, headers))
        if self._faults.strike(FaultKind.MALFORMED, *where) and isinstance(response.body, bytes):
            text = response.body
            response.body = text[: max(1, len(text) // 2)]
        return response

    def _truncated(self, body: Json, where: tuple[str, str, str, str]) -> Json:
        """The body as a fault cuts it; a reply without a listing does not use the fault up."""
        found = self._faults.find(FaultKind.TRUNCATE, *where)
        shorter = self.dialect.cut(body, found[1].keep) if found else body
        if shorter is not body:
            self._faults.strike(FaultKind.TRUNCATE, *where)
        return shorter

    async def _handle_stream(self, request: web.Request) -> web.StreamResponse:
        session = self.dialect.open_stream(request.path, request.query, self.now())
        if session is None:
            return web.Response(status=404)
        account = session.account
        await self._hang(request, account, "GET", request.path)
        refused = self._faults.strike(FaultKind.DROP_STREAMS, self.venue, account)
        refused = refused or self._faults.strike(FaultKind.REFUSE, self.venue, account, "GET", request.path)
        if refused:
            if isinstance(request.transport, asyncio.Transport):
                request.transport.abort()
            return web.Response(status=503)
        return await self.hub.serve(request, session, self._ping_s)


def _members(body: str) -> dict[str, str] | None:
    """The members of a JSON object as a form would have sent them; None where the body is none."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict):
        return None
    return {name: _as_text(member) for name, member in value.items() if member is not None}


def _as_text(member: Json) -> str:
    return member if isinstance(member, str) else orjson.dumps(member).decode()


def _response(reply: WireReply) -> web.Response:
    is_page = isinstance(reply.body, bytes)
    return web.Response(
        status=reply.status,
        body=reply.body if is_page else orjson.dumps(reply.body),
        content_type="text/html" if is_page else "application/json",
        headers=dict(reply.headers),
    )
