"""What a stop can show for itself, asked of a running engine: one account's requests, and the export."""

from __future__ import annotations

from pathlib import Path

import orjson

from core.domain import PORTFOLIO, EvidenceFormat
from core.halt.evidence.signing import verify
from core.intents import CloseWire, ExportEvidence, FireStop, OpenWire, ResetStop
from core.venues.wire_lines import CallKind
from tests.core.engine.ground import Ground, Running, until


async def _stopped(it: Running) -> str:
    await it.watched("account:alpha-1", "account:alpha-2")
    it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
    await until(lambda: bool(it.latest.halts) and it.latest.halts[0].proven)
    return it.latest.halts[0].halt_id


async def test_the_requests_of_one_account_are_in_the_snapshot_while_somebody_looks(ground: Ground) -> None:
    async with ground.engine() as it:
        halt_id = await _stopped(it)
        assert it.latest.wire is None
        it.engine.submit(OpenWire(halt_id, "alpha-1"))
        await until(lambda: it.latest.wire is not None and bool(it.latest.wire.proving))
        page = it.latest.wire
        assert page is not None
        assert (page.halt_id, page.account, page.noted, page.faults) == (halt_id, "alpha-1", True, 0)
        assert {CallKind.CANCEL, CallKind.LIST} <= {line.kind for line in page.lines}
        proving = [line for line in page.lines if line.number in page.proving]
        assert {line.kind for line in proving} == {CallKind.LIST}
        assert min(page.since_ms(line) for line in page.lines if line.kind is CallKind.CANCEL) >= 0.0
        it.engine.submit(OpenWire(halt_id, "alpha-2"))
        await until(lambda: it.latest.wire is not None and it.latest.wire.account == "alpha-2")
        it.engine.submit(CloseWire())
        await until(lambda: it.latest.wire is None)
        it.engine.submit(OpenWire("h-unheard-of", "alpha-1"))
        await it.cycles(3)
        assert it.latest.wire is None


async def test_an_export_is_written_journaled_and_told(ground: Ground, tmp_path: Path) -> None:
    async with ground.engine() as it:
        halt_id = await _stopped(it)
        file = tmp_path / "evidence.json"
        it.engine.submit(ExportEvidence(halt_id, EvidenceFormat.SIGNED, str(file), "ada"))
        await until(lambda: f"the evidence of stop {halt_id} is in {file}" in it.latest.notices)
        data = file.read_bytes()
        header = orjson.loads(data)["seal"]["header"]
        assert verify(data, [header["fingerprint"]]).valid
        it.engine.submit(ExportEvidence(halt_id, EvidenceFormat.CSV, str(tmp_path / "no" / "folder.csv"), "ada"))
        await until(lambda: any("was not exported" in notice for notice in it.latest.notices))
        # After the reset there is no board any more, and the evidence is still there.
        it.engine.submit(ResetStop(halt_id, "ada", "the bot is off"))
        await until(lambda: not it.latest.halts)
        it.engine.submit(ExportEvidence(halt_id, EvidenceFormat.JSON, str(tmp_path / "later.json"), "ada"))
        await until((tmp_path / "later.json").exists)
        assert orjson.loads((tmp_path / "later.json").read_bytes())["latch"]["reset_by"] == "ada"
    kinds = ground.kinds()
    assert kinds.count("operator.ExportEvidence") == kinds.count("stop.exported") == 3
