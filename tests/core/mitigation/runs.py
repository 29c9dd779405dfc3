"""Executions under faults and beside a runaway bot: drawn from a seed, run at real servers, judged by their books."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.clock import SystemClock
from core.domain import PORTFOLIO, Leg, Policy, Severity, Side
from core.ladder import Rung
from core.mitigation.executor import Execution, Surroundings
from core.mitigation.model import Mitigation, MitigationState, Reduction
from core.mitigation.order_ids import parse
from core.mitigation.recovery import Recovery, RecoverySettings
from core.mitigation.report import ExecutionReport, ReductionOutcome
from core.mitigation.urgency import USUAL, ExecutorSettings
from core.paper.engine.model import OrderKind, Refusal
from core.paper.engine.model import OrderRequest as PaperOrder
from core.paper.faults import Fault, FaultKind
from core.tasks import spawn, stop_all
from core.venues.protocol import OrderRequest
from tests.core.halt.conftest import Ground, ground_at
from tests.core.halt.guarded import DIALECTS, Dialect, site_of, thin
from tests.core.mitigation.witness import FRESH_S, FUZZ, Watched, Wire, Witness

BTC = "BTC/USDT:USDT"
LATE_S = 1.5
"""The longest that a faulty venue holds an order back."""
DOUBT_S = 3.0
FAULTY_S = 3.0
"""By when every fault has ended."""
DEADLINE_S = 8.0
ROUTES = ("*", "*", "*order*", "*order*", "*osition*", "*depth*")
METHODS = ("*", "*", "GET", "POST")
SETTINGS = ExecutorSettings(
    urgencies={
        severity: replace(urgency, pause_s=min(urgency.pause_s, 0.1), doubt_s=DOUBT_S)
        for severity, urgency in USUAL.items()
    },
    deadline_s=DEADLINE_S,
    fresh_s=FRESH_S,
    verify_pause_s=0.04,
    busy_pause_s=0.1,
    busy_pause_max_s=0.5,
)
RACES = 0.3
"""Share of our orders that a trade of the bot overtakes."""
RECOVERING = RecoverySettings(doubt_s=DOUBT_S, pause_s=0.1)
KINDS = ("net", "legs", "pot")
HELD = {("net", Leg.NET): 1.0, ("legs", Leg.LONG): 1.0, ("legs", Leg.SHORT): -0.5, ("pot", Leg.NET): -0.4}


@dataclass(frozen=True)
class Draw:
    """All that a run is made of."""

    seed: int
    dialects: tuple[Dialect, ...]
    severity: Severity
    cuts: tuple[tuple[str, Leg, float, str, str], ...]
    """Account, leg, bitcoins, pair, strategy."""
    faults: tuple[tuple[float, Fault], ...]
    trades_per_s: float
    """Of the runaway bot."""
    level_dollars: float
    ends: str
    """"" by itself, `stop` by a stop that fires, `kill` by force and then found again."""
    ends_at_s: float
    timeout_s: float
    goes_on: bool
    """Whatever others trade, no plan is given up for having drifted."""

    @property
    def settings(self) -> ExecutorSettings:
        if not self.goes_on:
            return SETTINGS
        urgencies = {key: replace(row, drift=math.inf, mark_drift=math.inf) for key, row in SETTINGS.urgencies.items()}
        return replace(SETTINGS, urgencies=urgencies)


def draw(seed: int) -> Draw:
    rng = random.Random(seed)
    dialects = tuple(rng.sample(DIALECTS, rng.choice([1, 1, 1, 2])))
    cuts: list[tuple[str, Leg, float, str, str]] = []
    for dialect in dialects:
        names = dialect.names
        pair = rng.choice(["", f"{dialect.exchange}-hedge"])
        share = rng.uniform(0.1, 1.0)
        cuts += [
            (names["legs"], Leg.LONG, _size(share if pair else rng.uniform(0.1, 1.0)), pair, "basis"),
            (names["legs"], Leg.SHORT, _size(0.5 * (share if pair else rng.uniform(0.1, 1.0))), pair, "basis"),
        ]
        across = rng.choice(["", "", f"{dialect.exchange}-across"])
        cuts.append((names["net"], Leg.NET, _size(rng.uniform(0.05, 0.6)), across, "trend"))
        cuts.append((names["pot"], Leg.NET, _size(rng.uniform(0.05, 0.4)), across, "basis"))
        if rng.random() < 0.3:
            cuts.append((names["net"], Leg.NET, _size(rng.uniform(0.05, 0.4)), "", "other"))
    names_of_all = [name for dialect in dialects for name in dialect.names.values()]
    faults = [_fault(rng, names_of_all) for _ in range(rng.choice([0, 1, 2, 3, 5]))]
    return Draw(
        seed, dialects, rng.choice(list(Severity)), tuple(cuts), tuple(sorted(faults, key=lambda row: row[0])),
        rng.choice([0.0, 2.0, 10.0, 40.0]), rng.choice([8.0, 25.0, 100.0, 10_000.0]),
        rng.choice(["", "", "stop", "kill"]), rng.uniform(0.0, 1.2), rng.choice([0.5, 1.0, 4.0]), rng.random() < 0.7,
    )  # fmt: skip


def _size(coins: float) -> float:
    return max(0.01, round(coins, 2))


def _fault(rng: random.Random, names: list[str]) -> tuple[float, Fault]:
    begins_s = rng.choice([0.0, rng.uniform(0.0, FAULTY_S / 2)])
    fault = rng.choice(
        [
            Fault(FaultKind.LATENCY, seconds=rng.choice([0.05, 0.3, LATE_S])),
            Fault(FaultKind.HANG),
            Fault(FaultKind.REFUSE, count=rng.choice([1, 2, 8])),
            Fault(FaultKind.STATUS, status=rng.choice([500, 502, 503, 504]), count=rng.choice([1, 3, 10])),
            Fault(FaultKind.BUSY, seconds=1.0, count=rng.choice([1, 2, 10])),
            Fault(FaultKind.DROP_STREAMS),
            Fault(FaultKind.HALF_OPEN),
            Fault(FaultKind.CLOCK_SKEW, seconds=rng.choice([-30.0, -3.0, 3.0, 30.0])),
            Fault(FaultKind.IGNORE_CANCELS),
            Fault(FaultKind.TRUNCATE, keep=rng.randint(0, 2)),
            Fault(FaultKind.STALE, seconds=rng.uniform(0.2, 1.0)),
            Fault(FaultKind.MALFORMED, count=rng.choice([1, 2, 6])),
            Fault(FaultKind.EXPIRE_KEYS),
            Fault(FaultKind.REVOKE_KEY),
        ]
    )
    lasts_s = rng.uniform(0.1, LATE_S if fault.kind is FaultKind.HANG else FAULTY_S - begins_s)
    return begins_s, replace(
        fault, account=rng.choice(["*", *names]), path=rng.choice(ROUTES), method=rng.choice(METHODS),
        duration_s=lasts_s,
    )  # fmt: skip


@dataclass
class Verdict:
    """What a run came to."""

    draw: Draw
    fills: int = 0
    """Of our orders."""
    claims: int = 0
    """Reductions of which a report says what was filled, confirmed by the venue."""
    wrong: list[str] = field(default_factory=list)


# -- running ----------------------------------------------------------------------------------------------------------


async def run(drawn: Draw, folder: Path) -> Verdict:
    spec = site_of(*drawn.dialects, instruments=thin(drawn.level_dollars), seed=drawn.seed % 1_000)
    async with ground_at(folder, spec=spec, timeout_s=drawn.timeout_s, seed=drawn.seed) as it:
        await it.prepare()
        return await _Course(drawn, it).run()


class _Course:
    def __init__(self, drawn: Draw, it: Ground) -> None:
        self._draw = drawn
        self._it = it
        self._clock = SystemClock()
        self._rng = random.Random(drawn.seed + 1)
        self._witness = Witness(it, drawn.dialects)
        self._wire = Wire(race=self._race)
        self._sent = self._wire.sent
        self._verdict = Verdict(drawn)
        self._mitigation = self._plan()

    def _plan(self) -> Mitigation:
        rows = []
        for account, leg, size, pair, strategy in self._draw.cuts:
            held = HELD[account.rpartition("-")[2], leg]
            side = Side.SELL if held > 0.0 else Side.BUY
            mark = self._it.site.market.mark_of("BTCUSDT")
            rows.append(Reduction(account, BTC, strategy, side, size, size * mark, abs(held), mark, pair))
        return Mitigation(
            f"{self._draw.seed:016x}", "e1", PORTFOLIO, "leverage", self._draw.severity, Rung.RESTORE, Policy.AUTO,
            MitigationState.RUNNING, 0.4, tuple(rows), 6.0, 3.9, 4.0, math.nan, False, 0.0, None, None,
        )  # fmt: skip

    async def run(self) -> Verdict:
        others = [spawn(self._faults(), name="faults"), spawn(self._runaway(), name="runaway bot")]
        execution = Execution(
            self._mitigation, self._acquire, self._clock, Surroundings(lambda *_: None), self._draw.settings
        )
        began_s = self._clock.monotonic()
        try:
            report = await self._until_its_end(execution)
            if report is None:
                recovery = Recovery(self._mitigation, self._acquire, self._clock, RECOVERING)
                sent = len(self._sent)
                report = await recovery.run()
                self._must(len(self._sent) == sent, "something was sent after the run had been killed")
            # What a faulty venue holds back must not do harm when it arrives.
            if any(fault.kind in {FaultKind.HANG, FaultKind.LATENCY} for _, fault in self._draw.faults):
                await asyncio.sleep(LATE_S + 0.3)
        finally:
            await stop_all(list(others))
        self._judge(report, began_s)
        return self._verdict

    async def _until_its_end(self, execution: Execution) -> ExecutionReport | None:
        """Its report; None where it was killed."""
        work = spawn(execution.run(), name="execution")
        if self._draw.ends:
            await asyncio.wait((work,), timeout=self._draw.ends_at_s)
        if self._draw.ends == "kill" and not work.done():
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
            return None
        if self._draw.ends == "stop" and not work.done():
            execution.cease("a stop of portfolio was fired")
            ceased_s = self._clock.monotonic()
            report = await work
            late = [name for at_s, name in self._sent if at_s > ceased_s]
            self._must(not late, f"sent after the stop: {late}")
            self._must(bool(report.ceased), "a stop fired, and the report does not say so")
            return report
        return await work

    def _acquire(self, account: str) -> Awaitable[Any]:
        async def acquire() -> Any:
            return Watched(self._it.hub.acting(account), self._wire)

        return acquire()

    # -- what else happens ----------------------------------------------------------------------------------------

    async def _faults(self) -> None:
        began_s = self._clock.monotonic()
        for at_s, fault in self._draw.faults:
            await asyncio.sleep(max(0.0, began_s + at_s - self._clock.monotonic()))
            self._it.site.add_fault(fault)

    async def _runaway(self) -> None:
        """A bot that adds, reduces, turns round, quotes and cancels in the same accounts, at the engine itself."""
        names = [name for dialect in self._draw.dialects for name in dialect.names.values()]
        while self._draw.trades_per_s:
            await asyncio.sleep(self._rng.expovariate(self._draw.trades_per_s))
            self._meddle(self._rng.choice(names))

    def _race(self, account: str, order: OrderRequest) -> None:
        if not self._draw.trades_per_s or self._rng.random() > RACES:
            return
        if self._rng.random() < 0.5:
            self._meddle(account)
        else:
            self._overtake(account, order)

    def _overtake(self, account: str, order: OrderRequest) -> None:
        """Leave less of the position than the order asks for."""
        dialect = next(dialect for dialect in self._draw.dialects if account in dialect.names.values())
        exchange = self._it.site.venue_of(account).exchange
        hedged = account == dialect.names["legs"]
        leg = (Leg.LONG if order.side is Side.SELL else Leg.SHORT) if hedged else Leg.NET
        held = exchange.accounts[account].reducible(dialect.bitcoin, order.side, leg) * dialect.lot
        size = dialect.units(round(held - order.quantity * self._rng.uniform(0.1, 0.9), 2))
        with contextlib.suppress(Refusal):
            exchange.place(
                exchange.accounts[account],
                PaperOrder(dialect.bitcoin, order.side, OrderKind.MARKET, size, reduce_only=True, leg=leg),
            )

    def _meddle(self, name: str) -> None:
        dialect = next(dialect for dialect in self._draw.dialects if name in dialect.names.values())
        leg = self._rng.choice((Leg.LONG, Leg.SHORT) if name == dialect.names["legs"] else (Leg.NET,))
        exchange = self._it.site.venue_of(name).exchange
        with contextlib.suppress(Refusal):
            self._trade(exchange, dialect, exchange.accounts[name], leg)

    def _trade(self, exchange: Any, dialect: Dialect, account: Any, leg: Leg) -> None:
        rng = self._rng
        held = account.quantity_of(dialect.bitcoin, leg)
        act = rng.choice(["add", "cut", "close", "turn", "quote", "reduce-quote", "cancel"])
        side = Side.BUY if held >= 0.0 else Side.SELL
        size = dialect.units(rng.choice([0.01, 0.05, 0.2]))
        if act == "cancel":
            for order in account.open_orders():
                exchange.cancel(account, order)
            return
        if act in {"cut", "close", "turn", "reduce-quote"}:
            side = side.opposite
        if act in {"close", "turn"}:
            size = abs(held) * (2.0 if act == "turn" and leg is Leg.NET else 1.0) or size
        quote = act in {"quote", "reduce-quote"}
        price = None
        if quote:
            instrument = exchange.market.instrument(dialect.bitcoin)
            price = instrument.round_price(exchange.market.mark_of(dialect.bitcoin) * (1 - side.sign * 0.0005))
        exchange.place(
            account,
            PaperOrder(
                dialect.bitcoin, side, OrderKind.LIMIT if quote else OrderKind.MARKET, size, price,
                reduce_only=act == "reduce-quote", leg=leg,
            ),
        )  # fmt: skip

    # -- what it came to ------------------------------------------------------------------------------------------

    def _must(self, holds: bool, sentence: str) -> None:
        if not holds:
            self._verdict.wrong.append(sentence)

    def _judge(self, report: ExecutionReport, began_s: float) -> None:
        trades = self._witness.trades
        self._verdict.fills = len(trades)
        for trade in trades:
            smaller = abs(trade.after) < abs(trade.before) and trade.after * trade.before >= 0.0
            self._must(smaller, f"a fill of ours made a position no smaller, or turned it round: {trade}")
        for place, row in enumerate(self._mitigation.reductions, 1):
            ours = math.fsum(t.quantity for t in trades if getattr(parse(t.client_order_id), "place", 0) == place)
            self._must(ours <= row.quantity + FUZZ, f"{ours} was closed where {row.quantity} was approved: {row}")
        self._must(not self._wire.bold, f"sent without a fresh reading, or for more than it showed: {self._wire.bold}")
        for outcome in report.outcomes:
            self._judge_claim(outcome, report, began_s)
        self._judge_pairs()

    def _judge_claim(self, outcome: ReductionOutcome, report: ExecutionReport, began_s: float) -> None:
        row = outcome.reduction
        ours = math.fsum(self._witness.filled(name) for name in outcome.client_order_ids)
        told = f"{row} is told as {outcome}, and the server filled {ours}"
        if report.confirmed and outcome.client_order_ids:
            self._verdict.claims += 1
            self._must(abs(outcome.filled - ours) <= FUZZ, told)
            cut = any(fault.kind is FaultKind.TRUNCATE for _, fault in self._draw.faults)
            self._must(
                cut or self._witness.was(row.account, row.side, outcome.after, began_s),
                f"{told}, and the position was never {outcome.after}",
            )
        if report.complete:
            self._must(ours + outcome.dust >= min(outcome.sent, row.quantity) - FUZZ, f"{told}, and called complete")
        if not math.isnan(outcome.filled):
            self._must(outcome.filled <= ours + FUZZ, f"more is claimed than was done: {told}")

    def _judge_pairs(self) -> None:
        """No leg of a hedge is cut further than the other by more than one slice; in two accounts, by one step more."""
        pairs: dict[str, list[tuple[int, Reduction]]] = {}
        for place, row in enumerate(self._mitigation.reductions, 1):
            if row.pair:
                pairs.setdefault(row.pair, []).append((place, row))
        for legs in pairs.values():
            done, slices = [], []
            for place, row in legs:
                mine = [t for t in self._witness.trades if getattr(parse(t.client_order_id), "place", 0) == place]
                by_order: dict[str, float] = {}
                for trade in mine:
                    by_order[trade.client_order_id] = by_order.get(trade.client_order_id, 0.0) + trade.quantity
                done.append(sum(by_order.values()) / row.quantity)
                slices.append(max(by_order.values(), default=0.0) / row.quantity)
            step = SETTINGS.urgencies[self._draw.severity].step if len({row.account for _, row in legs}) > 1 else 0.0
            ahead = max(done) - min(done)
            self._must(ahead <= max(slices) + step + 0.05, f"the legs of {legs} are out of step: {done}")
