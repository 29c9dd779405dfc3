"""`scram limits ...`: what is in force and why, what a change would do, and how a change is made."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import math
import os
import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from app.cli.common import asked_keychain, config_path
from app.loop import run_headless
from core.clock import SystemClock, utc_text
from core.config import Config, load_config
from core.config.checks import login_name, suggestion
from core.config.edit import read_text, with_reason, with_tables, write_config
from core.config.load import read_config
from core.config.write import to_toml
from core.domain import Scope
from core.engine.build import book_of
from core.engine.limit_keeper import LIMITS_CHANGED, LIMITS_STATE, LimitKeeper, capital_of
from core.engine.limit_rows import effective_tables, limits_of, tables_of
from core.engine.looking import look
from core.engine.risk_settings import metric_infos
from core.errors import ConfigError, JournalError
from core.halt.way_back.second import same_person
from core.journal.reader import JournalReader
from core.places import Places, find_places
from core.risk.limits import METRIC_DIRECTIONS, CompiledLimits, Limit, compile_limits
from core.risk.limits.previewing import Preview, preview
from core.risk.limits.revising import LimitChange, revise
from core.risk.model import MetricInfo

FINE, PROBLEMS = 0, 3
LIMIT_TABLES = ("profiles", "assign", "limits")
SHOWN = 40


@dataclass(frozen=True, slots=True)
class _Desk:
    """The configuration, and what the last desk on it had in force."""

    places: Places
    path: Path
    text: str
    config: Config
    in_force: CompiledLimits
    """Of the last run; of the configuration where there was none."""
    keeper: LimitKeeper

    def compiled(self, config: Config, metrics: Sequence[MetricInfo]) -> CompiledLimits:
        """Another configuration's limits, over this one's scopes."""
        scopes = self.keeper.limits.scopes
        capital = capital_of(scopes, config)
        return compile_limits(scopes, limits_of(config), metrics, capital=capital, at_s=SystemClock().now())


def _desk(config: Path | None, home: Path | None) -> _Desk:
    places = find_places(home, os.environ)
    path = config_path(config, places)
    loaded, clock = load_config(path, METRIC_DIRECTIONS), SystemClock()
    keeper = LimitKeeper(
        book_of(loaded, clock).scopes, metric_infos(loaded), clock, *_kept(loaded, places),
        second_person=loaded.loosening.second_person,
    )  # fmt: skip
    before = keeper.limits
    ran = keeper.version > 0
    keeper.take(loaded, loaded.operator)
    return _Desk(places, path, read_text(path), loaded, before if ran else keeper.limits, keeper)


def _kept(config: Config, places: Places) -> tuple[object, str]:
    try:
        with JournalReader(config.journal.url or places.database) as reader:
            return reader.load_state(LIMITS_STATE), ""
    except JournalError as error:
        return None, str(error)


# -- what is in force -------------------------------------------------------------------------------------------------


def check_limits(config: Path | None, home: Path | None, *, as_json: bool) -> int:
    """What contradicts itself, guards nothing or is held back."""
    desk = _desk(config, home)
    problems = list(desk.keeper.notices)
    if as_json:
        typer.echo(json.dumps({"config": str(desk.path), "problems": problems}))
        return PROBLEMS if problems else FINE
    for problem in problems:
        typer.echo(problem)
    cells = len(desk.keeper.limits.row)
    typer.echo(f"{desk.path}: {len(desk.keeper.limits.limits)} limits, {cells} places, {len(problems)} problems")
    return PROBLEMS if problems else FINE


def explain_limit(config: Path | None, home: Path | None, *, scope_text: str, metric: str) -> int:
    """Which limit holds there, where it comes from, and what stands behind it."""
    desk = _desk(config, home)
    limits, scope = desk.keeper.limits, Scope.parse(scope_text)
    if scope not in limits.rows:
        raise ConfigError(f"{scope} is not a scope of {desk.path}")
    names = [info.name for info in limits.metrics]
    subjects = [limits.subject(cell) for cell in limits.cells_of(scope)]
    wanted = [subject for subject in subjects if subject == metric or subject.startswith(f"{metric}_in_")]
    if not wanted and metric not in names:
        raise ConfigError(f"{metric} is not a metric; {suggestion(metric, names)}")
    if not wanted:
        typer.echo(f"{metric} of {scope}: no limit")
    for subject in wanted:
        holds = limits.limit_of(scope, subject)
        typer.echo(f"{subject} of {scope}: {limits.explain(scope, subject)}")
        for limit in limits.line(scope, subject):
            mark = "in force " if limit is holds else "behind it" if holds else "not now  "
            typer.echo(f"  {mark}  {_terms(limit)}  {limit.origin}" + (f"  ({limit.note})" if limit.note else ""))
    return FINE


def _terms(limit: Limit) -> str:
    words = ("low", "medium", "high", "critical")
    levels = [f"{word} {level:g}" for word, level in zip(words, limit.thresholds, strict=True) if level is not None]
    of = f" of {limit.of}" if limit.of else ""
    return ", ".join(levels) + of


def export_limits(config: Path | None, home: Path | None, *, effective: bool, out: Path | None) -> int:
    """As TOML: the file's limits, profiles and assignments; or what is in force, scope by scope."""
    desk = _desk(config, home)
    limits = desk.keeper.limits
    tables = effective_tables(_in_force(limits)) if effective else tables_of(desk.config)
    text = to_toml(tables)
    if out is None:
        typer.echo(text, nl=False)
        return FINE
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{out}: the file cannot be written: {error.strerror or error}") from None
    return FINE


def _in_force(limits: CompiledLimits) -> list[Limit]:
    found = []
    for cell, number in enumerate(limits.limit.tolist()):
        if number >= 0:
            limit = limits.limits[number]
            note = "; ".join(part for part in (limit.note, limit.origin) if part)
            found.append(replace(limit, scope=limits.scopes[int(limits.row[cell])], note=note))
    return found


def show_history(config: Path | None, home: Path | None, *, count: int, as_json: bool) -> int:
    """Every version of the limits, the newest first: who, when, why, what was and what is."""
    places = find_places(home, os.environ)
    path = config_path(config, places)
    loaded = load_config(path, METRIC_DIRECTIONS)
    with JournalReader(loaded.journal.url or places.database) as reader:
        records = reader.recent(LIMITS_CHANGED, count)
    rows = [{"at": utc_text(record.at_s), **record.data()} for record in records]
    if as_json:
        typer.echo(json.dumps(rows))
        return FINE
    for row in rows:
        why = f": {row['why']}" if row["why"] else ""
        typer.echo(f"version {row['version']}  {row['at']}  {row['by']}{why}")
        for change in row["changes"][:SHOWN]:
            typer.echo(f"  {change['sentence']}: {_chain(change['old'])} -> {_chain(change['in_force'])}")
    if not rows:
        typer.echo("No limits have been changed yet.")
    return FINE


def _chain(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "none"
    left_out = {"scope", "metric", "members", "profile", "note"}
    return " then ".join(
        ", ".join(f"{key} {value}" for key, value in row.items() if key not in left_out) for row in rows
    )


# -- what a change would do -------------------------------------------------------------------------------------------


def preview_limits(file: Path | None, config: Path | None, home: Path | None, *, wait_s: float, as_json: bool) -> int:
    """Connect, look at today's figures, and say who would be breached by the limits of a file."""
    desk = _desk(config, home)
    asked = _with_file(desk, file) if file else desk.config
    keychain = asked_keychain(desk.places, desk.config.accounts)

    async def main(_: asyncio.Event) -> int:
        clock = SystemClock()
        seen = await look(
            desk.config, os.environ, clock, random.Random(), wait_s=wait_s, shared=desk.places.runtime, keyring=keychain
        )
        if seen.unread:
            typer.echo(f"scram: not read in time: {', '.join(seen.unread)}", err=True)
        proposed = desk.compiled(asked, seen.matrix.metrics)
        found = preview(desk.in_force, proposed, seen.matrix.value, seen.matrix.trust, clock.now())
        _tell_preview(found, proposed, as_json=as_json)
        return FINE

    return run_headless(main)


def _tell_preview(found: Preview, proposed: CompiledLimits, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "scope": str(row.scope), "metric": row.subject, "outcome": row.outcome, "severity": row.word,
                "value": _finite(row.value), "threshold": _finite(row.threshold), "origin": row.origin,
                "before": row.before,
            }
            for row in found.standings
        ]  # fmt: skip
        changes = [change.sentence() for change in found.changes]
        answer = {"counts": dict(found.counts), "rows": rows, "changes": changes, "unseen": found.unseen}
        typer.echo(json.dumps({**answer, "problems": list(proposed.problems)}))
        return
    typer.echo("today: " + ", ".join(f"{count} {word}" for word, count in found.counts.items()))
    for row in found.standings[:SHOWN]:
        new = "" if row.word == row.before else f"  (now: {row.before})"
        typer.echo(
            f"  {row.word:8}  {row.scope}  {row.subject} {row.value:.6g}, threshold {row.threshold:.6g}, "
            f"{row.origin}{new}"
        )
    if len(found.standings) > SHOWN:
        typer.echo(f"  and {len(found.standings) - SHOWN} more")
    if found.unseen:
        typer.echo(f"  {found.unseen} limits on changes over time are not previewed: one look knows of no change")
    _tell_changes(found.changes)
    for problem in proposed.problems:
        typer.echo(f"problem: {problem}")


def _tell_changes(changes: Sequence[LimitChange]) -> None:
    for change in changes:
        word = "LOOSER " if change.looser else "tighter"
        typer.echo(f"{word}  {change.sentence()}")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


# -- how a change is made ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signed:
    """Why limits are what they are now, and who stands behind it."""

    reason: str
    by: str | None
    second: str | None

    def row(self, config: Config, *, looser: bool = True) -> dict[str, Any]:
        """The `[change]` of a file. Raises ConfigError where what is looser needs a second person and there is none."""
        by = self.by or login_name()
        if looser and config.loosening.second_person and (not self.second or same_person(by, self.second)):
            raise ConfigError("[loosening] asks for a second, different person beside the reason: --second NAME")
        at = dt.datetime.fromtimestamp(round(SystemClock().now(), 3), tz=dt.UTC)
        return {"reason": self.reason, "by": by, "at": at, "second": self.second}


def import_limits(file: Path, config: Path | None, home: Path | None, *, signed: Signed, dry_run: bool) -> int:
    """Put the limits, profiles and assignments of a TOML file in the place of the configuration's."""
    desk = _desk(config, home)
    after = _text_with(desk, file)
    asked = read_config(after, str(file), METRIC_DIRECTIONS, desk.path.parent)
    new = desk.compiled(asked, metric_infos(asked))
    changes = revise(desk.in_force, new, may_loosen=True, at_s=SystemClock().now()).changes
    _tell_changes(changes)
    for problem in new.problems:
        typer.echo(f"problem: {problem}")
    looser = any(change.looser for change in changes)
    if looser and not signed.reason.strip():
        raise ConfigError("some of this leaves more room than what is in force, and that needs a reason: --reason TEXT")
    if dry_run:
        typer.echo("nothing was written")
        return FINE
    if signed.reason.strip():
        after = with_reason(after, signed.row(desk.config, looser=looser))
    write_config(desk.path, desk.text, after, METRIC_DIRECTIONS)
    typer.echo(f"{desk.path} is written; a running desk takes it over within seconds")
    return FINE


def apply_limits(config: Path | None, home: Path | None, *, signed: Signed) -> int:
    """Say why, so that what is held back comes into force."""
    desk = _desk(config, home)
    if not signed.reason.strip():
        raise ConfigError("a reason is needed: --reason TEXT")
    for sentence in desk.keeper.held:
        typer.echo(sentence)
    if not desk.keeper.held:
        typer.echo("nothing is held back; the reason goes with the next change")
    write_config(desk.path, desk.text, with_reason(desk.text, signed.row(desk.config)), METRIC_DIRECTIONS)
    typer.echo(f"the reason is in {desk.path}; a running desk takes it over within seconds")
    return FINE


def _with_file(desk: _Desk, file: Path) -> Config:
    return read_config(_text_with(desk, file), str(file), METRIC_DIRECTIONS, desk.path.parent)


def _text_with(desk: _Desk, file: Path) -> str:
    """The configuration's text with the limits of a file, which may hold these alone."""
    try:
        tables = tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from None
    other = sorted(tables.keys() - set(LIMIT_TABLES))
    if other:
        raise ConfigError(f'{file}: "{other[0]}" is not a key here; allowed are {", ".join(sorted(LIMIT_TABLES))}')
    if not tables:
        raise ConfigError(f"{file}: it names no limit; allowed are {', '.join(sorted(LIMIT_TABLES))}")
    after = with_tables(desk.text, tables, LIMIT_TABLES)
    read_config(after, str(file), METRIC_DIRECTIONS, desk.path.parent)
    return after
