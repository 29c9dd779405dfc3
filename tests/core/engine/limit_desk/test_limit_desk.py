"""Limits changed from the desk's page, on a real engine: tried out, written, in force, taken back."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

import orjson

from core.config.edit import with_tables
from core.config.rows import ASSIGN, LIMITS, RowEdit, RowKey
from core.domain import Scope
from core.events.model import EventState
from core.limit_intents import ChangeLimits, CloseLimits, ConfirmLimits, OpenLimits, TryLimits, WithdrawLimits
from core.limit_page import CLEARED, RAISED, Draft, LimitsPage
from core.places import find_places
from tests.core.engine.ground import Ground, Running, until

ALPHA = Scope.parse("account:alpha-1")
LEVERAGE = RowKey(LIMITS, "account:*", "", "leverage")
COMMENT = "  # agreed in spring\n"


def page_of(it: Running) -> LimitsPage:
    page = it.latest.limits_page
    assert page is not None
    return page


async def opened(it: Running) -> LimitsPage:
    it.engine.submit(OpenLimits())
    await until(lambda: it.latest.limits_page is not None)
    return page_of(it)


def written(it: Running, key: RowKey) -> Mapping[str, Any]:
    return next(line.written for line in page_of(it).lines if line.key == key)


def changed(it: Running, key: RowKey, **values: Any) -> Draft:
    was = written(it, key)
    return Draft((RowEdit(key, {**was, **values}, was=was),))


async def tried(it: Running, draft: Draft) -> None:
    it.engine.submit(TryLimits(draft))
    await until(lambda: (trial := page_of(it).trial) is not None and trial.draft == draft)


async def answered(it: Running, draft: Draft, reason: str = "", operator: str = "ada") -> str:
    before = page_of(it).answer
    number = 0 if before is None else before.number
    it.engine.submit(ChangeLimits(draft, operator, reason))
    await until(lambda: (now := page_of(it).answer) is not None and now.number > number)
    answer = page_of(it).answer
    assert answer is not None
    return answer.words


def text_of(ground: Ground) -> str:
    return find_places(ground.home, {}).config.read_text()


def commented(ground: Ground) -> None:
    """The limit's row has a comment of its own, in the file as somebody wrote it."""
    path = find_places(ground.home, {}).config
    path.write_text(path.read_text().replace('metric = "leverage"\n', f'metric = "leverage"{COMMENT}', 1))


def without_reason(text: str) -> str:
    return with_tables(text, {}, ("change",)).rstrip("\n")


def standing(it: Running) -> list[EventState]:
    return [event.state for event in it.latest.events if event.scope == ALPHA and event.metric == "leverage"]


async def test_a_limit_tightened_on_the_page_is_breached_and_undone_clears_and_leaves_the_file_as_it_was(
    ground: Ground,
) -> None:
    ground.limit("account:*", "leverage", high=50.0)
    async with ground.engine() as it:
        await it.watched("portfolio", "account:alpha-1", "account:alpha-2")
        commented(ground)
        before = text_of(ground)
        page = await opened(it)
        assert [(line.scope, line.subject, line.thresholds[2]) for line in page.lines] == [
            ("account:*", "leverage", 50.0)
        ]
        assert int(page.counts.guards[0]) == 2
        draft = changed(it, LEVERAGE, high=0.01)
        await tried(it, draft)
        trial = page_of(it).trial
        assert trial is not None
        assert trial.effect is not None
        assert (trial.refused, trial.looser) == ("", ())
        assert trial.effect.counts == {RAISED: 2}
        assert {line.scope for line in trial.effect.lines} == {
            Scope.parse("account:alpha-1"),
            Scope.parse("account:alpha-2"),
        }
        assert not standing(it)
        assert (await answered(it, draft)).startswith("done: change the limit on leverage of account:*")
        await until(lambda: standing(it) == [EventState.RAISED])
        assert COMMENT in text_of(ground)
        await until(lambda: page_of(it).past[0].version == 2)
        (change, *_) = page_of(it).past
        assert (change.by, change.version, change.stuck) == ("ada", 2, "")
        assert [(row.before or {}).get("high") for row in change.rows] == [50.0]
        assert [(row.after or {}).get("high") for row in change.rows] == [0.01]
        undo = Draft(undo=change.seq)
        await tried(it, undo)
        trial = page_of(it).trial
        assert trial is not None
        assert trial.effect is not None
        assert trial.effect.counts == {CLEARED: 2}
        assert trial.needs_reason
        assert "needs a reason" in await answered(it, undo)
        assert standing(it) == [EventState.RAISED]
        assert (await answered(it, undo, "the desk trades more")).startswith("done: undo")
        await until(lambda: standing(it) in ([EventState.CLEARED], []))
        await until(lambda: page_of(it).past[0].version == 3)
        assert page_of(it).past[0].why == "the desk trades more"
        assert page_of(it).past[1].stuck.startswith("it is taken back already")
        assert without_reason(text_of(ground)) == without_reason(before)
        it.engine.submit(CloseLimits())
        await until(lambda: it.latest.limits_page is None)
    bodies = [orjson.loads(row.body) for row in ground.records() if row.kind == "limits.changed"]
    assert [(row["by"], row["why"], len(row.get("rows", ()))) for row in bodies] == [
        ("ada", "first start", 0), ("ada", "", 1), ("ada", "the desk trades more", 1),
    ]  # fmt: skip


async def test_limits_are_added_assigned_and_taken_away_from_the_page(ground: Ground) -> None:
    ground.limit("account:*", "leverage", high=50.0)
    async with ground.engine() as it:
        await it.watched("portfolio")
        await opened(it)
        own = RowKey(LIMITS, "account:alpha-1", "", "leverage")
        add = Draft((RowEdit(own, {"scope": "account:alpha-1", "metric": "leverage", "high": 0.01}),))
        assert (await answered(it, add)).startswith("done: add")
        await until(lambda: standing(it) == [EventState.RAISED])
        assert "in the file already" in await answered(it, add)
        assign = RowKey(ASSIGN, "account:*", "conservative")
        given = Draft((RowEdit(assign, {"scope": "account:*", "profile": "conservative"}),))
        assert (await answered(it, given)).startswith("done: add the profile conservative of account:*")
        await until(lambda: any(line.source == "template conservative" for line in page_of(it).lines))
        line = next(line for line in page_of(it).lines if line.assigned is not None)
        assert line.fixed.startswith("it comes with Scram")
        it.engine.submit(OpenLimits((own, None)))
        await until(lambda: page_of(it).scopes_all == 1)
        assert page_of(it).scopes[0].scope == ALPHA
        gone = Draft((RowEdit(own, None, was=written(it, own)),))
        assert "needs a reason" in await answered(it, gone)
        assert (await answered(it, gone, "no more")).startswith("done: take away")
        await until(lambda: all(line.key != own for line in page_of(it).lines))
    assert all(row["scope"] != "account:alpha-1" for row in tomllib.loads(text_of(ground))["limits"])


async def test_what_is_not_valid_is_refused_in_a_sentence_and_the_file_stays(ground: Ground) -> None:
    ground.limit("account:*", "leverage", low=2.0, high=50.0)
    async with ground.engine() as it:
        await it.watched("portfolio")
        await opened(it)
        before = text_of(ground)
        assert "thresholds must not fall from low to critical" in await answered(it, changed(it, LEVERAGE, low=60.0))
        draft = changed(it, LEVERAGE, low=1.0)
        ground.tables["limits"][0]["low"] = 3.0
        ground.tables["change"] = {"reason": "by hand"}
        ground.write()
        await until(lambda: written(it, LEVERAGE).get("low") == 3.0)
        assert "was changed meanwhile: look at it again" in await answered(it, draft)
        assert before != text_of(ground)
        assert tomllib.loads(text_of(ground))["limits"][0]["low"] == 3.0
        past = page_of(it).past[0]
        assert (past.by, past.why, past.stuck) == ("ada", "by hand", "")


async def test_what_leaves_more_room_waits_for_a_second_person_where_that_is_configured(ground: Ground) -> None:
    ground.limit("account:*", "leverage", high=50.0)
    ground.tables["loosening"] = {"second_person": True}
    async with ground.engine() as it:
        await it.watched("portfolio")
        await opened(it)
        tighter = changed(it, LEVERAGE, high=40.0)
        assert (await answered(it, tighter)).startswith("done")
        await until(lambda: written(it, LEVERAGE)["high"] == 40.0)
        looser = changed(it, LEVERAGE, high=60.0)
        assert "a second person has to confirm" in await answered(it, looser, "more room")
        pending = page_of(it).pending
        assert pending is not None
        assert written(it, LEVERAGE)["high"] == 40.0
        it.engine.submit(ConfirmLimits(pending.pending_id, " ADA "))
        await until(lambda: "a second, different person" in (page_of(it).answer or pending).words)  # type: ignore[union-attr]
        assert page_of(it).pending is not None
        it.engine.submit(ConfirmLimits(pending.pending_id, "bob"))
        await until(lambda: written(it, LEVERAGE)["high"] == 60.0)
        limit = it.parts.risk.limits.limit_of(ALPHA, "leverage")
        assert limit is not None
        assert limit.thresholds[2] == 60.0
        await until(lambda: page_of(it).past[0].second == "bob")
        assert (page_of(it).past[0].by, page_of(it).pending) == ("ada", None)
        again = changed(it, LEVERAGE, high=70.0)
        await answered(it, again, "even more")
        waits = page_of(it).pending
        assert waits is not None
        it.engine.submit(WithdrawLimits(waits.pending_id, "ada"))
        await until(lambda: page_of(it).pending is None)
        ground.tables["limits"][0]["high"] = 90.0
        ground.tables["change"] = {"reason": "alone, by hand", "by": "ada"}
        ground.write()
        await until(lambda: any("held back" in line.held for line in page_of(it).lines))
        limit = it.parts.risk.limits.limit_of(ALPHA, "leverage")
        assert limit is not None
        assert limit.thresholds[2] == 60.0


async def test_what_changed_while_no_desk_ran_is_in_the_past_and_can_be_undone(ground: Ground) -> None:
    ground.limit("account:*", "leverage", high=50.0)
    async with ground.engine() as it:
        await it.watched("portfolio")
    ground.tables["limits"][0]["high"] = 40.0
    async with ground.engine() as it:
        await it.watched("portfolio")
        await opened(it)
        await until(lambda: bool(page_of(it).past) and bool(page_of(it).past[0].rows))
        past = page_of(it).past[0]
        assert [((row.before or {}).get("high"), (row.after or {}).get("high")) for row in past.rows] == [(50.0, 40.0)]
        assert (await answered(it, Draft(undo=past.seq), "it was better before")).startswith("done: undo")
        await until(lambda: written(it, LEVERAGE)["high"] == 50.0)


async def test_a_desk_that_only_watches_says_so_and_changes_nothing(ground: Ground) -> None:
    ground.limit("account:*", "leverage", high=50.0)
    async with ground.engine() as it:
        await it.watched("portfolio")
        async with ground.engine() as second:
            await second.watched("portfolio")
            await opened(second)
            assert page_of(second).locked.startswith("limits are changed at the desk that acts")
            before = text_of(ground)
            second.engine.submit(ChangeLimits(changed(second, LEVERAGE, high=1.0), "bob", "why not"))
            await until(lambda: any("ChangeLimits is not done here" in words for words in second.latest.notices))
            assert text_of(ground) == before
