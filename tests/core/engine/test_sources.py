"""Stops and what trades: asked at once, waited for by nobody, read back, and told of where it lies."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from core.clock import SystemClock
from core.config.load import read_config
from core.config.write import to_toml
from core.domain import PORTFOLIO, Scope
from core.engine.accounts import rules_of
from core.engine.disobeying import DISOBEYING
from core.engine.halting import Stoppable, TargetFinder, cannot
from core.engine.reappearing import REAPPEARING
from core.engine.sources import connect_sources
from core.errors import SourceError
from core.halt.model import HaltView
from core.halt.source.model import SourceState, SourceView
from core.intents import FireStop, ResetStop, ResumeTrading
from core.risk.limits import METRIC_DIRECTIONS
from tests.core.engine.ground import Ground, Running, until
from tests.core.engine.test_stopping import ALPHA, fall
from tests.core.halt.source.bot import SECRET, CommandBot, WebhookBot
from tests.loopback import served


@pytest.fixture
def bot(tmp_path: Path) -> CommandBot:
    return CommandBot(tmp_path / "bot")


def with_source(ground: Ground, place: int, table: dict[str, object]) -> str:
    """Gives a strategy of the ground a source; its name."""
    ground.tables["strategies"][place]["source"] = table
    name: str = ground.tables["strategies"][place]["name"]
    return name


def source_of(it: Running, strategy: str) -> SourceView:
    return next(view for view in it.latest.sources if view.strategy == strategy)


def halt_of(it: Running) -> HaltView:
    (halt,) = it.latest.halts
    return halt


def check(it: Running, words: str) -> bool | None:
    (view,) = it.latest.returns
    (row,) = (row for row in view.rows if words in row.words)
    return row.met


async def test_a_stop_pauses_what_trades_and_a_reset_resumes_nothing(ground: Ground, bot: CommandBot) -> None:
    name = with_source(ground, 0, bot.table())
    async with ground.engine() as it:
        await it.watched()
        await until(lambda: source_of(it, name).state is SourceState.RUNNING)
        it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
        await until(lambda: bool(it.latest.halts) and halt_of(it).proven and source_of(it, name).obeyed)
        assert bot.state == "paused"
        assert check(it, "every source paused (1 / 1)") is True
        it.engine.submit(ResetStop(halt_of(it).halt_id, "ada", "all is well"))
        await until(lambda: not it.latest.halts)
        await it.cycles(20)
    assert (bot.acts, bot.state) == (["pause"], "paused")
    told = [row for row in ground.records() if row.kind.startswith("source.")]
    assert {row.scope for row in told} == {f"strategy:{name}"}
    assert [orjson.loads(row.body)["words"] for row in told] == ["running", "pause", "paused"]


async def test_the_first_cancel_is_out_before_a_hung_source_has_answered(ground: Ground, bot: CommandBot) -> None:
    bot.flag("hang")
    name = with_source(ground, 0, bot.table(timeout_s=30.0))
    async with ground.engine() as it:
        await it.watched()
        it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
        await until(lambda: bool(it.latest.halts) and halt_of(it).proven)
        view = source_of(it, name)
        assert bot.acts == ["pause"], "asked, and not answered yet"
        assert not view.obeyed
        assert view.state is SourceState.RUNNING
        assert check(it, "every source paused (0 / 1)") is False


async def test_a_source_that_says_paused_while_its_orders_go_on_is_pointed_out(ground: Ground, bot: CommandBot) -> None:
    for place in range(len(ground.tables["strategies"])):
        with_source(ground, place, bot.table())
    async with ground.engine() as it:
        await it.watched()
        it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
        await until(lambda: bool(it.latest.halts) and halt_of(it).proven)
        await until(lambda: all(view.obeyed for view in it.latest.sources))
        for venue in ground.site.venues:
            venue.set_bots(True)

        def told() -> list[str]:
            return [event.note for event in it.latest.events if event.metric == REAPPEARING]

        await until(lambda: any("says that it is paused, yet" in note for note in told()), 30.0)


async def test_a_source_that_does_not_obey_is_an_event_until_it_does(
    ground: Ground, bot: CommandBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.engine.disobeying.AFTER_S", 1.0)
    bot.flag("deaf")
    name = with_source(ground, 0, bot.table())
    async with ground.engine() as it:
        await it.watched()
        it.engine.submit(FireStop(Scope.parse(f"strategy:{name}"), "ada", "a test"))

        def told() -> list[tuple[str, str]]:
            return [(event.state.value, event.note) for event in it.latest.events if event.metric == DISOBEYING]

        await until(lambda: bool(told()))
        assert told()[0][1].startswith(f"{name}: asked to pause")
        bot.flag("deaf", on=False)
        await until(lambda: told()[0][0] == "cleared")


async def test_a_limit_stops_what_is_on_its_way_back_and_the_journal_has_every_step(
    ground: Ground, bot: CommandBot
) -> None:
    name = with_source(ground, 0, bot.table(reduce_only=True))
    ground.limit("account:alpha-1", "drawdown", critical=0.01, policy={"critical": "stop"})
    async with ground.engine() as it:
        await it.watched()
        it.engine.submit(ResumeTrading(ALPHA, "ada", ""))
        await until(lambda: any("to resume needs the operator's name" in notice for notice in it.latest.notices))
        it.engine.submit(ResumeTrading(ALPHA, "ada", "slowly"))
        await until(lambda: bool(it.latest.halts) and source_of(it, name).state is SourceState.REDUCE_ONLY)
        (view,) = it.latest.resumes
        assert (view.scope, view.halt_id, view.obstacle) == (ALPHA, halt_of(it).halt_id, "")
        assert halt_of(it).resuming
        await until(lambda: any(f"{name}: reduce-only, read" in notice for notice in it.latest.notices))
        fall(ground)
        await until(lambda: [halt.resuming for halt in it.latest.halts] == [False])
        assert halt_of(it).fired_by == "limit"
        await until(lambda: bot.state == "paused")
    told = [row for row in ground.kinds() if row in {"operator.ResumeTrading", "stop.fired", "stop.reset"}]
    assert told == ["operator.ResumeTrading", "operator.ResumeTrading", "stop.fired", "stop.fired", "stop.reset"]


async def test_a_webhook_is_paused_by_a_stop(ground: Ground) -> None:
    bot = WebhookBot(SystemClock())
    async with served(bot.answer) as port:
        table = {"kind": "webhook", "url": f"http://127.0.0.1:{port}/scram", "secret": "env:BOT_SECRET"}
        name = with_source(ground, 0, table)
        ground.environ["BOT_SECRET"] = SECRET
        async with ground.engine() as it:
            await it.watched()
            it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
            await until(lambda: bool(it.latest.halts) and source_of(it, name).obeyed)
    assert (bot.acts, bot.refused) == (["pause"], [])


# -- from the configuration -------------------------------------------------------------------------------------------

ACCOUNTS = [{"name": name, "exchange": "okx"} for name in ("alpha-1", "beta-1")]
ROWS = [
    {"name": "basis", "match": {"account": "alpha-*", "client_order_id": "bas-*"}},
    {"name": "grid", "match": {"account": "beta-1", "symbol": "BTC/*"}},
    {"name": "any", "match": {"client_order_id": "any-*"}},
]


@pytest.mark.parametrize(
    ("scope", "touched"),
    [
        ("portfolio", ("basis", "grid", "any")),
        ("venue:south", ("grid", "any")),
        ("account:alpha-1", ("basis", "any")),
        ("account:gamma-1", ("any",)),
        ("strategy:grid", ("grid",)),
        ("symbol:ETH/USDT:USDT", ("basis", "any")),
        ("symbol:BTC/USDT:USDT", ("basis", "grid", "any")),
        ("symbol:BTC/*", ("basis", "grid", "any")),
    ],
)
def test_a_scope_touches_the_strategies_whose_orders_it_may_hold(scope: str, touched: tuple[str, ...]) -> None:
    tables = {"accounts": ACCOUNTS, "strategies": ROWS}
    config = read_config(to_toml(tables), "a test", METRIC_DIRECTIONS)
    rows = [
        Stoppable(name, venue, "okx", cannot(SourceError("nobody acts here")))
        for name, venue in (("alpha-1", "north"), ("beta-1", "south"), ("gamma-1", "north"))
    ]
    finder = TargetFinder(rows, rules_of(config.strategies))
    assert finder.strategies_in(Scope.parse_stop(scope)) == touched


async def test_a_secret_that_is_missing_or_locked_away_is_told_and_holds_nobody_up() -> None:
    class Locked:
        def get_password(self, service_name: str, username: str, /) -> str | None:
            raise RuntimeError("ask again later")

        set_password = delete_password = get_password

    here = {"kind": "webhook", "url": "https://bots.example/scram"}
    rows = [
        {**ROWS[0], "source": {**here, "secret": "env:NOBODY"}},
        {**ROWS[1], "source": {**here, "secret": "keyring"}},
    ]
    tables = {"accounts": ACCOUNTS, "strategies": rows}
    config = read_config(to_toml(tables), "a test", METRIC_DIRECTIONS)
    made = connect_sources(config.strategies, lambda _: ("basis", "grid"), {}, Locked(), SystemClock())  # type: ignore[arg-type]
    made.desk.watch()
    try:
        await until(lambda: all(view.trouble for view in made.desk.views()))
        basis, grid = (view.trouble for view in made.desk.views())
        assert (
            basis == 'strategy "basis": no secret for its source was found; looked for the environment variable NOBODY'
        )
        assert 'the keyring entry "source/grid" cannot be read: the keyring failed with RuntimeError' in grid
    finally:
        await made.desk.close()
