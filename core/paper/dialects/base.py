"""What dialects have in common: a venue's engine, its faults, its limits, and who a request's key belongs to."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from core.paper.dialects.call import BaseCall
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.faults import FaultBoard
from core.paper.spec import PaperSpec
from core.paper.wire import WireReply, WireRequest

C = TypeVar("C", bound=BaseCall)


class BaseDialect:
    key_header: ClassVar[str]
    """In lower case: the header that carries the key."""

    def __init__(self, venue: str, exchange: Exchange, faults: FaultBoard, spec: PaperSpec) -> None:
        self._venue = venue
        self._exchange = exchange
        self._faults = faults
        self._weight_limit = spec.weight_limit

    def account_of(self, request: WireRequest) -> str:
        account = self._exchange.account_of_key(request.headers.get(self.key_header, ""))
        return account.name if account else ""

    def unavailable(self, status: int) -> WireReply:
        # What stands in front of the venue answers then, not the venue: a page, no JSON.
        return WireReply(status, f"<html><head><title>{status}</title></head><body></body></html>".encode())

    def wrap(self, topic: str, frame: bytes) -> bytes:
        return frame

    def expire_stream_keys(self, at_s: float, account: str | None) -> list[tuple[str, str, bytes]]:
        """Where streams are authenticated by the key itself, or by a login that lasts as long as its connection."""
        return []

    def _call(self, kind: type[C], request: WireRequest, caller: Account | None, **more: Any) -> C:
        return kind(
            venue=self._venue,
            exchange=self._exchange,
            faults=self._faults,
            request=request,
            weight_limit=self._weight_limit,
            caller=caller,
            **more,
        )
