"""Which two listings are the proof, and that they are not lost however long the sweeping goes on."""

from __future__ import annotations

from core.clock import ManualClock
from core.halt.evidence.record import AccountRecord
from core.halt.proof import Proof
from core.venues.protocol import Listing
from core.venues.wire_log import WireLog, WireTrack
from tests.core.halt.scripted import ScriptedVenue
from tests.core.venues.test_wire_log import FakeExchange, ask, log_over


def listed(record: AccountRecord, proof: Proof, began_s: float, call: int = 0) -> None:
    """An empty listing of one book."""
    proof.listed(began_s, 0)
    record.listed([Listing("alpha-1", "regular", (), began_s, began_s + 0.1, call)], proof, began_s)


def pair(record: AccountRecord) -> tuple[float, float] | None:
    found = record.last_proof
    return None if found is None else (found.first[0].began_s, found.second[0].began_s)


def test_a_second_listing_that_came_too_early_is_no_proof_and_the_later_one_is() -> None:
    record, proof = AccountRecord(ScriptedVenue(ManualClock()).target()), Proof(settle_s=1.5, fired_s=0.0)
    listed(record, proof, 0.2)
    listed(record, proof, 0.9)
    assert pair(record) is None
    listed(record, proof, 1.6)
    assert proof.verified
    assert pair(record) == (0.9, 1.6)
    listed(record, proof, 2.6)
    assert pair(record) == (1.6, 2.6)
    assert record.first_proof is not None
    assert record.first_proof.second[0].began_s == 1.6


def test_an_order_in_between_voids_the_listing_before_it() -> None:
    record, proof = AccountRecord(ScriptedVenue(ManualClock()).target()), Proof(settle_s=0.0, fired_s=0.0)
    listed(record, proof, 1.0)
    proof.order_seen()
    listed(record, proof, 2.0)
    assert pair(record) is None
    listed(record, proof, 3.0)
    assert pair(record) == (2.0, 3.0)


async def test_the_first_and_the_newest_proof_stay_readable_under_any_number_of_other_requests() -> None:
    exchange = FakeExchange()
    log: WireLog = log_over(exchange)
    track: WireTrack = log.follow()

    async def many() -> None:
        for _ in range(60):
            await ask(log, exchange)

    proving: list[int] = []
    for _ in range(3):
        await many()
        for proven in (False, True):
            number = await ask(log, exchange)
            track.listed([number], proven=proven)
            proving.append(number)
    await many()
    told = {line.call for line in track.held().tell().lines}
    assert {*proving[:2], *proving[-2:]} <= told
    assert not {*proving[2:4]} & told
