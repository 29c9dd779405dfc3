"""What is said by futures venues beside their REST answers."""

from __future__ import annotations

from core.paper.dialects.binance.futures.user_events import user_frames
from core.paper.dialects.binance.service import BinanceDialect
from core.paper.engine.events import EngineEvent
from core.paper.engine.model import Reason, Refusal


class FuturesDialect(BinanceDialect):
    def user_frames(self, event: EngineEvent, at_s: float) -> list[bytes]:
        return user_frames(self._exchange, event, at_s)

    def code_of(self, refusal: Refusal, path: str) -> tuple[int, str]:
        if refusal.reason is Reason.TOO_MANY_ORDERS and "algo" in path:
            return -4045, "Reach max stop order limit."
        return super().code_of(refusal, path)
