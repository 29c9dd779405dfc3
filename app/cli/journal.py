"""`scram journal`: whether the journal is what was written, what it says, and its records as a file."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from core.clock import SystemClock, utc_text
from core.config import load_config
from core.engine.unaided import desk_latches
from core.errors import ConfigError
from core.halt.evidence.export import EvidenceStore
from core.halt.evidence.signing import bare_fingerprint
from core.journal.database import beside
from core.journal.export import ExportFormat, export, format_of
from core.journal.journal import SEALS_ENDING
from core.journal.query import Wanted
from core.journal.reader import JournalReader
from core.journal.records import Record
from core.journal.report import VerifyReport
from core.journal.verify import words_of
from core.places import find_places
from core.risk.limits import METRIC_DIRECTIONS

INTACT, NOT_INTACT = 0, 3
SHOWN = 200
"""Characters of a body on one line."""
TELL_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class JournalPlace:
    """Which journal is meant."""

    place: str | Path
    seals: Path
    """Where its seals are noted."""
    keys: tuple[str, ...]
    """Fingerprints that its seals may bear; none: any."""


def find_journal(
    config: Path | None,
    home: Path | None,
    *,
    database: str | None,
    seals: Path | None = None,
    keys: tuple[str, ...] = (),
) -> JournalPlace:
    """The configured one, or the one that is named: a file or the address of a database."""
    places = find_places(home, os.environ)
    file = config or places.config
    place: str | Path = database or places.database
    if database is None and (config is not None or file.exists()):
        place = load_config(file, METRIC_DIRECTIONS).journal.url or place
    own = EvidenceStore(desk_latches(places)).keys.own()
    trusted = tuple(bare_fingerprint(key) for key in keys) or ((own,) if own else ())
    return JournalPlace(place, seals or beside(place, places.database.parent, SEALS_ENDING), trusted)


# -- verify -----------------------------------------------------------------------------------------------------------


def verify_journal(found: JournalPlace, *, start: str | None, end: str | None, as_json: bool) -> int:
    """0 where it is what was written, 3 where it is not; JournalError where it cannot be read."""
    tell = Progress("records checked")
    with JournalReader(found.place) as reader:
        report = reader.verify(
            notes=found.seals, keys=found.keys, from_s=moment(start), to_s=moment(end, end=True), progress=tell.of
        )
    tell.done()
    if as_json:
        typer.echo(json.dumps(_answer(report)))
    else:
        _tell(report, found.seals)
    return INTACT if report.intact else NOT_INTACT


def _answer(report: VerifyReport) -> dict[str, Any]:
    at_s = report.first_bad_at_s
    bad = {
        "seq": report.first_bad_seq,
        "at": None if at_s is None else utc_text(at_s),
        "fault": None if report.fault is None else report.fault.value,
        "reason": report.reason,
    }
    return {
        "intact": report.intact,
        "records": report.records,
        "first_bad": None if report.intact else bad,
        "seals": report.seals,
        "signed": report.signed,
        "noted": report.noted,
        "keys": list(report.keys),
        "remarks": list(report.remarks),
    }


def _tell(report: VerifyReport, seals: Path) -> None:
    typer.echo(f"{'intact' if report.intact else 'NOT INTACT'}: {words_of(report)}")
    if report.seals:
        typer.echo(f"seals: {report.seals} hold, {report.signed} of them signed, {report.noted} also noted in {seals}")
    for key in report.keys:
        typer.echo(f"key: {key}")
    for remark in report.remarks:
        typer.echo(f"not checked: {remark}")


# -- show -------------------------------------------------------------------------------------------------------------


def show_journal(found: JournalPlace, wanted: Wanted, *, count: int, as_json: bool) -> int:
    """Newest first."""
    with JournalReader(found.place) as reader:
        records = reader.page(wanted, limit=count)
    if as_json:
        typer.echo(json.dumps([{**asdict(row), "at": utc_text(row.at_s), "body": row.data()} for row in records]))
        return 0
    for record in records:
        typer.echo(_line(record))
    if not records:
        typer.echo("No record says that.")
    return 0


def _line(record: Record) -> str:
    about = " ".join(part for part in (record.scope, record.subject) if part)
    body = record.body if len(record.body) <= SHOWN else f"{record.body[:SHOWN]}…"
    words = f"{record.seq}  {utc_text(record.at_s)}  {record.kind}  by {record.actor}  {about}  {body}"
    return "".join(letter if letter.isprintable() else "?" for letter in words)


# -- export -----------------------------------------------------------------------------------------------------------


def export_journal(found: JournalPlace, wanted: Wanted, *, out: Path, form: ExportFormat | None) -> int:
    """Oldest first, into a file that is not there yet."""
    chosen = form or format_of(out)
    tell = Progress("records written")
    with JournalReader(found.place) as reader:
        count = export(reader.stream(wanted), out, chosen, lambda done: tell.of(done, 0))
    tell.done()
    typer.echo(f"{count:,} records are in {out} ({chosen.value}).")
    return 0


# -- what several need ------------------------------------------------------------------------------------------------


class Progress:
    """How far something is, on standard error: one line over and over on a terminal, now and then a line elsewhere."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._clock = SystemClock()
        self._live = sys.stderr.isatty()
        self._pause_s = TELL_EVERY_S if self._live else 10.0
        self._told_s = self._clock.monotonic()
        self._shown = False

    def of(self, done: int, total: int) -> None:
        """`total` 0: unknown."""
        now_s = self._clock.monotonic()
        if now_s - self._told_s < self._pause_s:
            return
        self._told_s, self._shown = now_s, True
        share = f" of {total:,}" if total else ""
        typer.echo(f"{chr(13) if self._live else ''}{done:,}{share} {self._words}", err=True, nl=not self._live)

    def done(self) -> None:
        if self._shown and self._live:
            typer.echo("", err=True)


def moment(text: str | None, *, end: bool = False) -> float | None:
    """Wall time of a day or a moment in UTC, as ISO 8601 writes it; of a day its beginning, or its `end`."""
    if text is None:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f'"{text}" is no time; allowed are a day such as 2026-03-01 and a moment such as 2026-03-01T09:30:00Z'
        ) from None
    if end and len(text) <= len("2026-03-01"):
        found += dt.timedelta(days=1)
    return (found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)).timestamp()
