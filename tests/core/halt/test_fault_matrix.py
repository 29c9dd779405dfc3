"""Every fault of a wire against every dialect: what must be proven in spite of it, and what must say why it is not.

All cells stand at once in one stop of the portfolio, each on a venue of its own, so that none may hold up another.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.domain import PORTFOLIO
from core.halt.model import HaltView, ProofRow, ProofState
from core.paper.faults import Fault, FaultKind
from tests.core.halt.conftest import PLENTY, Ground, ground_at
from tests.core.halt.dialects import DIALECTS, Orders, Witness, site_spec, venue_spec

CALL_TIMEOUT_S = 4.0
FAULTY_S = 9.0
"""How long the faults last at least; longer where what can be proven in spite of them is not yet."""
WITHIN_S = 40.0
"""Bound of either half, of time that this process really had: it may share its processor with anything."""
SAMPLE_S = 0.05
STALE_S = 1.0
BUSY_S = 2.0
LISTINGS = {
    "binanceusdm": ("/fapi/v1/openOrders", "/fapi/v1/openAlgoOrders"),
    "okx": ("/api/v5/trade/orders-pending", "/api/v5/trade/orders-algo-pending"),
    "bybit": ("/v5/order/realtime", "/v5/order/realtime"),
}
"""Where ordinary orders and triggers are listed."""


@dataclass(frozen=True)
class Row:
    """One fault, and what is expected while it lasts: proven in spite of it, or not and in which words."""

    name: str
    fault: Fault | None
    expected: ProofState | None
    """None: not proven, resting or unknown."""
    words: str = ""
    """A pattern for the sentence that says why it is not proven."""
    arriving: bool = False
    """Whether orders arrive all the while."""


PROVEN, RESTING, UNKNOWN = ProofState.VERIFIED, ProofState.RESTING, ProofState.UNKNOWN
# fmt: off
ROWS = (
    Row("nothing wrong",         None,                                          PROVEN),
    Row("latency 2 s",           Fault(FaultKind.LATENCY, seconds=2.0),         PROVEN),
    Row("hang",                  Fault(FaultKind.HANG),                         UNKNOWN, "did not answer in time"),
    Row("5xx",                   Fault(FaultKind.STATUS, status=503),           UNKNOWN, "cannot be reached"),
    Row("502 page",              Fault(FaultKind.STATUS, status=502),           UNKNOWN, "cannot be reached"),
    Row("429 with retry-after",  Fault(FaultKind.BUSY, seconds=BUSY_S),         UNKNOWN, "asks us to slow down"),
    Row("reset connections",     Fault(FaultKind.REFUSE),                       UNKNOWN, "cannot be reached"),
    Row("ignored cancels",       Fault(FaultKind.IGNORE_CANCELS),               RESTING, "re-cancelling"),
    Row("orders arriving",       None,                                          RESTING, "cancel", arriving=True),
    Row("truncated page",        Fault(FaultKind.TRUNCATE, keep=1),             PROVEN),
    Row("stale by 1 s",          Fault(FaultKind.STALE, seconds=STALE_S),       PROVEN),
    Row("clock 30 s ahead",      Fault(FaultKind.CLOCK_SKEW, seconds=30.0),     PROVEN),
    Row("clock 30 s behind",     Fault(FaultKind.CLOCK_SKEW, seconds=-30.0),    PROVEN),
    Row("revoked key",           Fault(FaultKind.REVOKE_KEY),                   UNKNOWN, "refuses the key"),
    Row("malformed JSON",        Fault(FaultKind.MALFORMED),                    UNKNOWN, "cannot be understood"),
    Row("triggers not listed",   Fault(FaultKind.STATUS, path="TRIGGERS"),      None, "cannot be reached"),
    Row("orders not listed",     Fault(FaultKind.MALFORMED, path="ORDERS"),     None, "cannot be understood"),
    Row("cancels refused",       Fault(FaultKind.STATUS, path="CANCELS"),       RESTING, "be reached|re-cancel"),
    Row("cancels unanswered",    Fault(FaultKind.HANG, path="CANCELS"),         PROVEN),
)
# fmt: on
CELLS = [(row, dialect) for row in ROWS for dialect in DIALECTS]


def venue_of(row: Row, dialect: str) -> str:
    return f"{row.name.replace(' ', '-')}-{dialect}"


def fault_of(row: Row, dialect: str) -> Fault | None:
    if row.fault is None:
        return None
    orders, triggers = LISTINGS[dialect]
    found = replace(row.fault, venue=venue_of(row, dialect))
    match row.fault.path:
        case "ORDERS":
            return replace(found, path=orders)
        case "TRIGGERS":
            return replace(found, path=triggers)
        case "CANCELS":
            return replace(found, method="DELETE" if dialect == "binanceusdm" else "POST", path="*")
    return found


@dataclass(frozen=True)
class Outcome:
    """What a run of the whole matrix came to; rows by venue."""

    faulty: dict[str, ProofRow]
    held: dict[str, int]
    """Orders on the servers at the end of the faults."""
    mended: dict[str, ProofRow]
    held_then: dict[str, int]
    fired_s: float
    """Monotonic."""
    false_proofs: list[str]
    proofs: int
    asked: dict[str, list[float]]
    """When each venue was asked for anything, monotonic."""


async def run_matrix(folder: Path) -> Outcome:
    names = [venue_of(*cell) for cell in CELLS]
    venues = [venue_spec(venue_of(row, dialect), dialect, [venue_of(row, dialect)]) for row, dialect in CELLS]
    async with ground_at(folder, spec=site_spec(venues, PLENTY), timeout_s=CALL_TIMEOUT_S) as it:
        await it.prepare()
        orders = Orders(it.site)
        for name in names:
            orders.lay(name)
        for fault in filter(None, (fault_of(*cell) for cell in CELLS)):
            it.site.add_fault(fault)
        stale = {venue_of(*cell) for cell in CELLS if (f := fault_of(*cell)) and f.kind is FaultKind.STALE}
        witness = Witness(orders, lambda account: STALE_S if account in stale else 0.0)
        # What a venue shows with a second's delay may have come to rest just before the act.
        for name in stale:
            orders.one(name)
        fired_s = SystemClock().monotonic()
        it.desk.fire(PORTFOLIO, "tester", "a test")

        def settled(view: HaltView) -> bool:
            return {row.account for row in view.rows if row.state is PROVEN} >= {
                venue_of(row, dialect) for row, dialect in CELLS if row.expected is PROVEN
            }

        faulty = await _watched(it, witness, settled, at_least_s=FAULTY_S, arriving=True)
        held = {name: len(orders.held(name)) for name in names}
        it.site.faults.clear()
        mended = await _watched(it, witness, lambda view: view.proven, at_least_s=0.0, arriving=False)
        asked: dict[str, list[float]] = {name: [] for name in names}
        for entry in it.site.log.since(0):
            asked[entry.venue].append(entry.monotonic_s)
        held_then = {name: len(orders.held(name)) for name in names}
        return Outcome(
            _by_account(faulty), held, _by_account(mended), held_then, fired_s, witness.wrong, witness.proofs, asked
        )


async def _watched(
    it: Ground, witness: Witness, settled: Callable[[HaltView], bool], *, at_least_s: float, arriving: bool
) -> HaltView:
    """The stop watched closely until it is `settled`, or for as long as it may take."""
    clock, (runner,) = SystemClock(), it.desk.runners
    began_s = next_s = looked_s = clock.monotonic()
    had_s = 0.0
    while True:
        now_s, view = clock.monotonic(), runner.view()
        # A look that comes late has waited for the processor, as everybody has: only what was had is counted.
        had_s, looked_s = had_s + min(now_s - looked_s, 2 * SAMPLE_S), now_s
        witness.look(view)
        if had_s > WITHIN_S or (now_s - began_s >= at_least_s and settled(view)):
            return view
        if arriving and clock.monotonic() >= next_s:
            next_s += 0.25
            for row, dialect in CELLS:
                if row.arriving:
                    witness.orders.one(venue_of(row, dialect))
        await asyncio.sleep(SAMPLE_S)


def _by_account(view: HaltView) -> dict[str, ProofRow]:
    return {row.account: row for row in view.rows}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with asyncio.Runner() as loop:
        yield loop.run(run_matrix(tmp_path_factory.mktemp("matrix")))


@pytest.mark.parametrize(("row", "dialect"), CELLS, ids=[venue_of(*cell) for cell in CELLS])
@pytest.mark.allowed_logs(".")
def test_what_can_be_proven_is_and_what_cannot_says_why(outcome: Outcome, row: Row, dialect: str) -> None:
    name = venue_of(row, dialect)
    shown, later = outcome.faulty[name], outcome.mended[name]
    assert shown.state is row.expected or (row.expected is None and shown.state is not PROVEN), shown
    if row.expected is PROVEN:
        assert (shown.reason, shown.resting, outcome.held[name]) == ("", 0, 0)
    else:
        assert re.search(row.words, shown.reason), shown.reason
        if not row.arriving and "not listed" not in row.name:
            assert outcome.held[name], "nothing rested: this has shown nothing"
    assert (later.state, later.reason, outcome.held_then[name]) == (PROVEN, "", 0), later


@pytest.mark.allowed_logs(".")
def test_no_proof_was_false(outcome: Outcome) -> None:
    assert outcome.proofs > len(CELLS)
    assert outcome.false_proofs == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.allowed_logs(".")
def test_a_venue_that_names_a_time_to_wait_is_left_alone_until_then(outcome: Outcome, dialect: str) -> None:
    (row,) = [row for row in ROWS if row.fault is not None and row.fault.kind is FaultKind.BUSY]
    asked = sorted(outcome.asked[venue_of(row, dialect)])
    last = [at_s for at_s in asked if at_s >= outcome.fired_s]
    bursts = [after for before, after in itertools.pairwise(last) if after - before > BUSY_S * 0.9]
    assert len(bursts) >= 3, "asked again, and not without a pause"
    assert len(last) < 40 * (len(bursts) + 1)


@pytest.mark.parametrize(("dialect", "left"), [("binanceusdm", 1), ("bybit", 2)])
@pytest.mark.allowed_logs(".")
def test_what_cannot_be_listed_is_cancelled_wherever_that_needs_no_listing(
    outcome: Outcome, dialect: str, left: int
) -> None:
    """All but what rests where no call empties a book, in an instrument in which nothing was seen."""
    for row in (row for row in ROWS if "not listed" in row.name):
        assert outcome.held[venue_of(row, dialect)] <= left
