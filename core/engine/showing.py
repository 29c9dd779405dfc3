"""What a stop can show for itself, as the desk asks for it: one account's requests and replies, and the export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.engine.parts import Parts
from core.engine.record import Recorder
from core.errors import ScramError
from core.halt.runner import HaltRunner
from core.intents import CloseWire, ExportEvidence, OpenWire
from core.snapshot import WirePage

PAINT_EVERY_S = 0.4
TOLD_AT_ONCE = 16
"""Lines scrubbed in one painting: each takes up to a millisecond of the loop."""


class Showing:
    def __init__(self, parts: Parts, recorder: Recorder, notice: Callable[[str], None]) -> None:
        self._parts = parts
        self._recorder = recorder
        self._notice = notice
        self._asked: OpenWire | None = None
        self._page: WirePage | None = None
        self._painted_s = float("-inf")

    def take(self, intent: OpenWire | CloseWire) -> None:
        """Paint this account's requests from the next cycle on; or nobody's."""
        asked = intent if isinstance(intent, OpenWire) else None
        if asked != self._asked:
            self._asked, self._page, self._painted_s = asked, None, float("-inf")

    def paint(self) -> WirePage | None:
        """The page as last painted; anew when that is long enough ago."""
        if self._asked is None:
            return None
        now_s = self._parts.clock.monotonic()
        if now_s - self._painted_s >= PAINT_EVERY_S:
            self._painted_s = now_s
            # A stop that was reset meanwhile has nothing new to show: its last page stays in sight.
            self._page = self._paint(self._asked) or self._page
        return self._page

    def _paint(self, asked: OpenWire) -> WirePage | None:
        runner = self._runner(asked.halt_id)
        record = None if runner is None else runner.record(asked.account)
        if runner is None or record is None:
            return None
        held = record.wire()
        if held is None:
            return WirePage(asked.halt_id, asked.account, runner.fired_s, noted=False)
        view = held.tell(most=TOLD_AT_ONCE)
        calls = {row.call for pair in record.proofs for row in (*pair.first, *pair.second)}
        proving = frozenset(line.number for line in view.lines if line.call in calls)
        return WirePage(asked.halt_id, asked.account, runner.fired_s, view.lines, view.dropped, view.faults, proving)

    def _runner(self, halt_id: str) -> HaltRunner | None:
        return next((runner for runner in self._parts.halts.runners if runner.latch.halt_id == halt_id), None)

    async def export(self, intent: ExportEvidence) -> None:
        path = Path(intent.path)
        try:
            await self._parts.halts.export(intent.halt_id, intent.form, path)
        except ScramError as error:
            self._recorder.exported(intent, str(error))
            self._notice(f"the evidence of stop {intent.halt_id} was not exported: {error}")
            return
        self._recorder.exported(intent, "")
        self._notice(f"the evidence of stop {intent.halt_id} is in {path}")
