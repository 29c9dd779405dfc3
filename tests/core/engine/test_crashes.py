"""Real crashes, and made ones, through the whole pipeline: what fired, when and at what fall, against hindsight.

The engine's own parts are built from a configuration, updates go in as venues' feeds send them, and cycles run on a
clock moved by hand; `tests.core.engine.hindsight` works out from the same candles what should have been said.
`--candles PATH` names a parquet file or a folder of them; without it those of `../shared/data/crashes` are taken, and
where these are absent a crash that is made from the seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.book.units import Units
from core.domain import FlowKind
from tests.core.engine.candles import POINTS, STEP_S, Candles, made_candles, read_candles
from tests.core.engine.hindsight import Hindsight, Holding, Moment, Told
from tests.core.engine.pipeline import CAPITAL, CLEAR, LIMITS, Pipeline

WALLET = 100_000.0
AROUND, NEARLY_ALL = (9.0, 3.0), (120.0, 40.0)
"""Hours before and after the low; the longer form stays below seven days, the shortest of the rolling windows."""


@dataclass(frozen=True)
class Book:
    """Who holds what at first: by account its leverage, the share that is short, and how many coins."""

    venue: str
    leverage: float
    short_share: float
    coins: int


DESK = {
    "long": Book("north", 2.0, 0.0, 8),
    "steep": Book("south", 3.0, 0.0, 5),
    "hedged": Book("north", 4.0, 0.45, 10),
    "pairs": Book("south", 5.0, 0.5, 12),
    "short": Book("north", 2.0, 1.0, 6),
}


def holdings(candles: Candles, prices: dict[str, float], chance: random.Random) -> dict[str, Holding]:
    found: dict[str, Holding] = {}
    for name, book in DESK.items():
        coins = ["BTC", *chance.sample([coin for coin in candles.coins if coin != "BTC"], book.coins - 1)]
        # The shares of a venue's largest coin and of the rest differ, so that hedges are not perfect.
        weights = [chance.uniform(0.5, 1.5) for _ in coins]
        shorts = round(book.short_share * len(coins))
        held = {}
        for place, (coin, weight) in enumerate(zip(coins, weights, strict=True)):
            sign = -1.0 if place < shorts else 1.0
            notional = WALLET * book.leverage * weight / sum(weights)
            held[coin] = (sign * notional / prices[coin], prices[coin])
        found[name] = Holding(book.venue, WALLET, held)
    return found


def strategies_of(accounts: dict[str, Holding]) -> dict[str, tuple[float, set[tuple[str, str]]]]:
    """By symbol and account: Bitcoin of everybody, what the pairs hold, and the rest."""
    rows = {(name, coin) for name, row in accounts.items() for coin in row.held}
    majors = {row for row in rows if row[1] == "BTC"}
    pairs = {row for row in rows - majors if row[0] == "pairs"}
    return {"majors": (CAPITAL, majors), "pairs": (CAPITAL, pairs), "rest": (CAPITAL, rows - majors - pairs)}


@dataclass
class Script:
    """What happens besides prices: by step."""

    flows: dict[int, dict[str, float]]
    halved: dict[int, tuple[str, str]]
    missing: dict[str, range]
    """Coins whose marks are not told in these steps."""

    @staticmethod
    def empty() -> Script:
        return Script({}, {}, {})


def walk(candles: Candles, seed: int, home: Path, script: Callable[[dict[str, Holding], int], Script]) -> Walked:
    """The same course, the same books and the same script through both."""
    steps = candles.steps()
    accounts = holdings(candles, steps[0], random.Random(seed))
    plan = script(accounts, len(steps))
    hindsight = Hindsight(deepcopy(accounts), strategies_of(accounts), LIMITS, CLEAR)
    pipeline = Pipeline(home, accounts, candles.began_s)
    try:
        told_s = dict.fromkeys(steps[0], candles.began_s)
        told = dict(steps[0])
        for number, prices in enumerate(steps):
            pipeline.tape.step = number
            at_s = pipeline.clock.now()
            fresh = {coin: price for coin, price in prices.items() if number not in plan.missing.get(coin, ())}
            told |= fresh
            told_s |= dict.fromkeys(fresh, at_s)
            ages = {coin: at_s - since_s for coin, since_s in told_s.items()}
            flows, halved = plan.flows.get(number, {}), plan.halved.get(number)
            hindsight.step(number, Moment(at_s, dict(told), ages, flows, halved))
            pipeline.marks(fresh)
            if halved is not None:
                pipeline.halve(*halved, told[halved[1]])
            for name, amount in flows.items():
                pipeline.flow(name, amount)
            if number % POINTS == 0:
                pipeline.read()
            pipeline.alive()
            pipeline.cycle.run()
            _in_order(pipeline)
            pipeline.clock.advance(STEP_S)
    finally:
        pipeline.close()
    return Walked(candles, pipeline, hindsight, plan)


@dataclass
class Walked:
    candles: Candles
    pipeline: Pipeline
    hindsight: Hindsight
    script: Script

    def agrees(self) -> None:
        """Every word of either is a word of the other, in the same step, of the same severity, at the same value."""
        said = {_key(row): row.value for row in self.pipeline.told()}
        wanted = {_key(row): row.value for row in self.hindsight.told}
        assert said.keys() == wanted.keys(), (
            f"missed: {sorted(wanted.keys() - said.keys())[:5]}; false: {sorted(said.keys() - wanted.keys())[:5]}"
        )
        for key, value in wanted.items():
            assert said[key] == pytest.approx(value, rel=1e-7, abs=1e-9), key


def _key(row: Told) -> tuple[int, str, str, str, str]:
    return (row.step, row.scope, row.metric, row.what, row.severity)


def _in_order(pipeline: Pipeline) -> None:
    ranks = [int(event.severity) for event in pipeline.parts.events.open_events()]
    assert ranks == sorted(ranks, reverse=True)


# -- which crashes ----------------------------------------------------------------------------------------------------


def _files(config: pytest.Config) -> list[Path]:
    given: Path | None = config.getoption("--candles")
    place = given or config.rootpath.parent / "shared" / "data" / "crashes"
    if given is not None and not given.exists():
        raise pytest.UsageError(f"--candles {given}: there is no such file or folder")
    return sorted(place.glob("*.parquet")) if place.is_dir() else [place] if place.is_file() else []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "course" in metafunc.fixturenames:
        named = [(file.stem, file) for file in _files(metafunc.config)] or [("made", None)]
        rows = [pytest.param((file, AROUND), id=name) for name, file in named]
        rows += [pytest.param((file, NEARLY_ALL), id=f"{name} whole", marks=pytest.mark.soak) for name, file in named]
        metafunc.parametrize("course", rows, indirect=True)


@pytest.fixture
def course(request: pytest.FixtureRequest, seed: int) -> Candles:
    path, hours = request.param
    whole = read_candles(path) if path else made_candles(seed)
    return whole.around_the_low(*hours)


# -- the tests --------------------------------------------------------------------------------------------------------


def quiet(_: dict[str, Holding], __: int) -> Script:
    return Script.empty()


def test_every_limit_that_was_crossed_fired_in_that_step_and_no_other(
    course: Candles, seed: int, tmp_path: Path
) -> None:
    walked = walk(course, seed, tmp_path, quiet)
    walked.agrees()
    raised = {(row.scope, row.metric) for row in walked.pipeline.told()}
    # A crash that trips nothing proves nothing.
    assert {("account:long", "drawdown"), ("account:steep", "drawdown"), ("portfolio", "drawdown_day")} <= raised
    assert {"raised", "escalated", "cleared"} <= {row.what for row in walked.pipeline.told()}
    assert max(walked.hindsight.worst.values()) > 0.15


def test_money_that_moves_during_a_crash_neither_trips_nor_hides_anything(
    course: Candles, seed: int, tmp_path: Path
) -> None:
    def script(accounts: dict[str, Holding], steps: int) -> Script:
        chance = random.Random(seed)
        moments = sorted(chance.sample(range(POINTS, steps), 6))
        flows = {
            moments[0]: {"long": 0.5 * WALLET},
            moments[1]: {"steep": 1.5 * WALLET},
            moments[2]: {"short": -0.1 * WALLET, "hedged": 0.1 * WALLET},
            moments[3]: {"long": -0.1 * WALLET},
        }
        coin = chance.choice(sorted(accounts["steep"].held))
        return Script(flows, {moments[4]: ("steep", coin), moments[5]: ("hedged", "BTC")}, {})

    walked = walk(course, seed, tmp_path, script)
    walked.agrees()
    assert not [flow for flow in walked.pipeline.parts.book.suspected_flows() if flow.kind is FlowKind.SUSPECTED]


def test_a_symbol_without_marks_for_an_hour_is_unknown_and_no_false_breach(
    course: Candles, seed: int, tmp_path: Path
) -> None:
    hour = round(3600.0 / STEP_S)

    def script(accounts: dict[str, Holding], steps: int) -> Script:
        coin = random.Random(seed).choice(sorted(set(accounts["steep"].held) - {"BTC"}))
        middle = round(steps * 0.7)
        return Script({}, {}, {coin: range(middle, middle + hour)})

    walked = walk(course, seed, tmp_path, script)
    walked.agrees()
    blind = {scope for _, scope in walked.hindsight.unknown}
    assert {"account:steep", "portfolio", "venue:south"} <= blind
    assert {scope for scope, _ in walked.pipeline.unknowns()} == blind


# -- what the comparison is worth -------------------------------------------------------------------------------------


def _peak_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    remember = Units._remember

    def stuck(self: Units, at_s: float, before: Any, sure: Any) -> None:
        peak = self.peak.copy()
        remember(self, at_s, before, sure)
        self.peak[:] = [new if old != old else old for old, new in zip(peak, self.peak, strict=True)]

    monkeypatch.setattr(Units, "_remember", stuck)


def _flows_count_as_profit(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Units.step

    def blind(self: Units, equity: Any, flow: Any, at_s: float, first_units: Any, sure: Any) -> None:
        step(self, equity, 0.0 * flow, at_s, first_units, sure)

    monkeypatch.setattr(Units, "step", blind)


@pytest.mark.parametrize("broken", [_peak_stands_still, _flows_count_as_profit])
def test_a_pipeline_that_is_broken_on_purpose_is_found_out(
    broken: Callable[[pytest.MonkeyPatch], None], seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)

    def script(_: dict[str, Holding], steps: int) -> Script:
        return Script({steps // 2: {"steep": 3.0 * WALLET}}, {}, {})

    walked = walk(made_candles(seed).around_the_low(6.0, 2.0), seed, tmp_path, script)
    with pytest.raises(AssertionError):
        walked.agrees()
