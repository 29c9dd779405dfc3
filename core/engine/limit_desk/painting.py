"""The page of the limits as one frozen picture. For a thread: what changes seldom is kept from one look to the next."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from core.config import Config
from core.config.edit import read_text
from core.config.rows import rows_of
from core.config.templates import template_names
from core.domain import ScopeKind
from core.engine.limit_desk.lines import Lines, counted, guarded, lines_of
from core.engine.limit_desk.past import Recorded, read_past, shown
from core.engine.limit_desk.trying import Tried, try_out
from core.engine.limit_keeper import LimitKeeper
from core.errors import ConfigError, JournalError
from core.journal.journal import Journal
from core.limit_page import Draft, LimitsPage, LimitTrial, LineId, PastChange
from core.risk.limits import CompiledLimits, Judged
from core.risk.limits.effect import Standing, effect_of
from core.risk.model import Bytes, Floats

NO_FILE = "this desk runs without a configuration file: there is nothing to write a change to"
MOST_PATTERNS = 400
_Compiled = tuple[int, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Sight:
    """One moment of the desk, as the page needs it."""

    config: Config
    """As it was taken over last."""
    taken: int
    """Counts up whenever the configuration is taken over."""
    path: Path | None
    limits: CompiledLimits
    judged: Judged
    value: Floats
    """Shape (scopes, metrics)."""
    trust: Bytes
    at_s: float
    """Wall time."""
    chosen: LineId | None
    draft: Draft
    watching: str
    """Why this desk only watches; "" where it acts."""


class PagePaint:
    """One look at a time."""

    def __init__(self, journal: Journal, keeper: LimitKeeper) -> None:
        self._journal = journal
        self._keeper = keeper
        self._lines: tuple[_Compiled, Lines] | None = None
        self._tried: tuple[tuple[int, object], Tried] | None = None
        self._past: tuple[_Compiled, tuple[Recorded, ...], str] | None = None
        self._shown: tuple[tuple[object, str], tuple[PastChange, ...]] | None = None

    def paint(self, sight: Sight) -> LimitsPage:
        """Blocks; never raises for what is in the file or in the journal."""
        text = _text(sight.path)
        lines = self._lines_of(sight, text)
        chosen = next((at for at, line in enumerate(lines.lines) if line.identity == sight.chosen), None)
        scopes, scopes_all = ((), 0) if chosen is None else guarded(lines, chosen, sight.limits, sight.judged)
        past, trouble = self._past_of(sight, text)
        config = sight.config
        return LimitsPage(
            lines=lines.lines,
            counts=counted(lines, sight.limits, sight.judged),
            profiles=(*(profile.name for profile in config.profiles), *sorted(template_names())),
            patterns=patterns_of(config),
            chosen=None if chosen is None else sight.chosen,
            scopes=scopes,
            scopes_all=scopes_all,
            trial=self._trial(sight),
            past=past,
            past_trouble=trouble,
            locked=locked(sight.path, sight.watching),
            file="" if sight.path is None else str(sight.path),
            problems=self._keeper.notices,
        )

    def tried(self, sight: Sight) -> Tried:
        """The draft tried out, anew where the file was taken over since."""
        assert sight.path is not None
        stamp = _stamp(sight.path)
        if self._tried is None or self._tried[0] != (sight.taken, stamp) or self._tried[1].draft is not sight.draft:
            tried = try_out(sight.draft, sight.path, self._journal, self._keeper, sight.limits, sight.config)
            self._tried = ((sight.taken, stamp), tried)
        return self._tried[1]

    def _trial(self, sight: Sight) -> LimitTrial | None:
        if sight.draft.empty or sight.path is None:
            return None
        tried = self.tried(sight)
        effect = None
        if tried.proposal is not None:
            now = Standing(sight.limits, sight.judged, sight.value, sight.trust, sight.at_s)
            effect = effect_of(now, tried.proposal.limits)
        return LimitTrial(
            draft=tried.draft,
            title=tried.title,
            refused=tried.refused,
            changes=tried.changes,
            looser=tried.looser,
            conflicts=tried.conflicts,
            effect=effect,
            needs_second=bool(tried.looser) and sight.config.loosening.second_person,
        )

    def _lines_of(self, sight: Sight, text: str) -> Lines:
        known = (sight.taken, sight.limits.limits)
        if self._lines is None or self._lines[0][0] != known[0] or self._lines[0][1] is not known[1]:
            self._lines = known, lines_of(sight.config, rows_of(text), sight.limits)
        return self._lines[1]

    def _past_of(self, sight: Sight, text: str) -> tuple[tuple[PastChange, ...], str]:
        known = (sight.taken, sight.limits.limits)
        if self._past is None or self._past[0][0] != known[0] or self._past[0][1] is not known[1]:
            try:
                self._past = known, read_past(self._journal), ""
            except JournalError as error:
                self._past = known, (), f"the journal cannot be read: {error}"
        _, past, trouble = self._past
        if self._shown is None or self._shown[0][0] is not past or self._shown[0][1] != text:
            self._shown = (past, text), shown(past, text)
        return self._shown[1], trouble


def _text(path: Path | None) -> str:
    try:
        return "" if path is None else read_text(path)
    except ConfigError:
        return ""


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def locked(path: Path | None, watching: str) -> str:
    """Why nothing can be changed from here; "" where it can."""
    if watching:
        return f"limits are changed at the desk that acts: {watching}"
    if path is None:
        return NO_FILE
    if not path.exists():
        return f"{path} is not there any more: what was in force stays, and nothing can be changed"
    # The file is replaced whole, so its folder has to let that happen.
    if not os.access(path, os.W_OK) or not os.access(path.resolve().parent, os.W_OK):
        return f"{path} cannot be written by whoever runs this desk: limits are looked at here, and changed elsewhere"
    return ""


def patterns_of(config: Config) -> tuple[str, ...]:
    """What somebody may mean by a scope, the widest first."""
    venues = dict.fromkeys(f"{ScopeKind.VENUE}:{account.venue}" for account in config.accounts)
    accounts = [f"{ScopeKind.ACCOUNT}:{account.name}" for account in config.accounts]
    strategies = [f"{ScopeKind.STRATEGY}:{strategy.name}" for strategy in config.strategies]
    every = [f"{kind}:*" for kind in (ScopeKind.VENUE, ScopeKind.ACCOUNT, ScopeKind.STRATEGY)]
    groups = [f"group:{name}" for name in config.groups]
    return ("portfolio", *every, *groups, *venues, *strategies, *accounts)[:MOST_PATTERNS]
