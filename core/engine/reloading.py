"""The configuration read again while the engine runs: what can change does, and the rest is said to need a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from core.config import Config, load_config
from core.config.edit import read_text, write_config
from core.config.load import roster_path
from core.config.mitigation import mitigation_notices
from core.config.rows import RowChange
from core.config.stamp import Stamp, stamp_of
from core.config_view import ConfigView
from core.domain import PORTFOLIO, Severity
from core.engine.build import desk_settings
from core.engine.config_versions import CONFIG_STATE
from core.engine.configured import kept_by, keys_of
from core.engine.event_desk import event_settings
from core.engine.limit_desk.written import ROWS_STATE, WrittenRows, change_rows
from core.engine.limit_keeper import LIMITS_STATE, LimitVersion
from core.engine.parts import Parts
from core.engine.record import Recorder
from core.errors import ConfigError, JournalError
from core.events.transitions import Transition
from core.risk.limits import METRIC_DIRECTIONS

LOOK_S = 1.0
"""Between two looks at the files."""
HELD_EVENT = "limits held back"

# Limits, profiles and groups belong to the keeper, strategies' capital and these tables to what may change at once.
_LIVE = frozenset({"limits", "profiles", "assign", "change", "engine", "events", "mitigation"})
_TOLD_APART = frozenset({"accounts", "accounts_file", "strategies", "feed", "guardian"})
_ELSEWHERE = {"groups": (), "guardian_credentials": None}
"""Of an account, what the keeper or the guardian takes over by itself."""


class Reloader:
    """Watches the file of the configuration; every trouble with it is a notice, and what was in force stays."""

    def __init__(
        self,
        parts: Parts,
        recorder: Recorder,
        notice: Callable[[str], None],
        take_transitions: Callable[[Iterable[Transition]], None],
    ) -> None:
        self._parts = parts
        self._recorder = recorder
        self._notice = notice
        self._take_transitions = take_transitions
        self._turn = asyncio.Lock()
        self._roster: Path | None = _roster(parts)
        self._seen = self._stamp()
        self._held: tuple[str, ...] = ()
        self._keys, self._kept = keys_of(parts.config), kept_by(parts.config)
        self._read_at_s = parts.clock.now()
        self._restart: tuple[str, ...] = ()
        self._problem = ""
        self.config = parts.config
        """As it was taken over last."""
        self.taken = 0
        """How often it was; tells one state of the limits from another."""
        self._rows = WrittenRows(_kept_rows(parts))

    def view(self) -> ConfigView:
        parts = self._parts
        return ConfigView(
            file=str(parts.config_file or ""), version=parts.configs.version, limits_version=parts.keeper.version,
            read_at_s=self._read_at_s, restart=self._restart, held=self._held, problem=self._problem,
            keys=self._keys, kept=self._kept,
        )  # fmt: skip

    def begin(self) -> None:
        """Tell and keep what the start made of the configuration and of the limits."""
        if self._parts.first_config is not None:
            self._recorder.config(self._parts.first_config, self._parts.config.operator, "start")
        if self._parts.first_limits is not None:
            self._recorder.limits(self._parts.first_limits)
        self._keep()
        self._tell_held()
        for sentence in mitigation_notices(self._parts.config):
            self._notice(sentence)

    async def follow(self) -> None:
        """Look at the file by the clock, for ever, and read it again when it has changed."""
        async with self._turn:
            await self._begin_rows()
        while True:
            await self._parts.clock.sleep(LOOK_S)
            stamp = await asyncio.to_thread(self._stamp)
            if stamp != self._seen and stamp:
                self._seen = stamp
                await self.reload(self._parts.config.operator)

    async def _begin_rows(self) -> None:
        """What of the rows changed while no desk ran; not at the start itself, which waits for no file."""
        rows = await asyncio.to_thread(self._take_rows)
        kept = await asyncio.to_thread(self._rows.state)
        self._tell_limits(None, rows, self._parts.config.operator, "")
        self._parts.journal.save_state(ROWS_STATE, kept)
        self.taken += 1

    async def reload(self, by: str, why: str = "") -> None:
        """Read the file and take over what can be taken over; never raises."""
        path = self._parts.config_file
        if path is None:
            self._notice("there is no configuration file to read again")
            return
        async with self._turn:
            try:
                config = await asyncio.to_thread(load_config, path, METRIC_DIRECTIONS)
            except ConfigError as error:
                self._problem = str(error)
                first, *more = str(error).splitlines()
                rest = f" (and {len(more)} more)" if more else ""
                self._notice(f"the configuration was not taken over, what was in force stays: {first}{rest}")
                return
            await self._take(config, by, why)

    async def write(self, change: Callable[[str], str], by: str) -> None:
        """Change the text of the file and take it over. Raises ConfigError, and nothing has changed then."""
        path = self._parts.config_file
        if path is None:
            raise ConfigError("there is no configuration file to write to")
        async with self._turn:
            stamp = await asyncio.to_thread(self._stamp)
            if stamp != self._seen:  # somebody changed it a moment ago: that is a change of its own
                config = await asyncio.to_thread(load_config, path, METRIC_DIRECTIONS)
                self._seen = stamp
                await self._take(config, self._parts.config.operator, "")
            config = await asyncio.to_thread(_written, path, change)
            self._seen = await asyncio.to_thread(self._stamp)
            await self._take(config, by, "")

    async def _take(self, config: Config, by: str, why: str) -> None:
        parts = self._parts
        rows = await asyncio.to_thread(self._take_rows)
        kept = await asyncio.to_thread(self._rows.state)
        version = await asyncio.to_thread(parts.keeper.take, config, by, why)
        changed = await asyncio.to_thread(parts.configs.take, config)
        if changed is not None:
            self._recorder.config(changed, by, why)
        self.config = config
        parts.risk.set_limits(parts.keeper.limits)
        parts.book.set_capital({strategy.name: strategy.capital for strategy in config.strategies})
        parts.book.set_ages(config.feed.stale_after_s, config.feed.unknown_after_s)
        parts.mitigations.take_settings(desk_settings(config))
        parts.events.take_settings(event_settings(config))
        parts.live.cycle_hz = config.engine.cycle_hz
        self.taken += 1
        self._tell_limits(version, rows, by, why)
        if version is not None:
            self._notice(f"limits version {version.version} is in force ({len(version.changes)} changes)")
        self._parts.journal.save_state(ROWS_STATE, kept)
        self._keep()
        self._tell_held()
        self._restart, self._problem, self._read_at_s = needs_restart(parts.config, config), "", parts.clock.now()
        for sentence in (*mitigation_notices(config), *self._restart):
            self._notice(sentence)
        self._recorder.note("config.reloaded", None, {"by": by, "why": why, "limits": parts.keeper.version})

    def _tell_limits(self, version: LimitVersion | None, rows: Sequence[RowChange], by: str, why: str) -> None:
        """What came into force, and what of the file changed: one record, whichever of the two there is."""
        if version is not None:
            self._recorder.limits(version, change_rows(rows))
        elif rows:
            body = {"version": self._parts.keeper.version, "by": by, "why": why, "rows": change_rows(rows)}
            self._recorder.limits_written(by, body)

    def _take_rows(self) -> tuple[RowChange, ...]:
        """Blocks. What of the file's rows is not what it was; nothing where it cannot be read just now."""
        path = self._parts.config_file
        try:
            return () if path is None else self._rows.take(read_text(path))
        except ConfigError:
            return ()

    def _keep(self) -> None:
        self._parts.journal.save_state(LIMITS_STATE, self._parts.keeper.state())
        self._parts.journal.save_state(CONFIG_STATE, self._parts.configs.state())

    def _tell_held(self) -> None:
        """What is held back is an event until it is in force or taken back."""
        held = self._parts.keeper.held
        if held == self._held:
            return
        self._held = held
        events = self._parts.events
        if not held:
            self._take_transitions(events.clear(PORTFOLIO, HELD_EVENT, note="nothing is held back any more"))
            return
        self._recorder.note("limits.held", None, {"changes": list(held)})
        more = f" (and {len(held) - 1} more)" if len(held) > 1 else ""
        self._take_transitions(events.raise_system(PORTFOLIO, HELD_EVENT, Severity.LOW, f"{held[0]}{more}"))

    def _stamp(self) -> Stamp:
        return stamp_of(self._parts.config_file, (self._roster,))


def needs_restart(old: Config, new: Config) -> tuple[str, ...]:
    """Sentences on what the new configuration asks for that only a restart can give."""
    out = [*_accounts(old, new)]
    changed = [name for name in Config.model_fields if name not in _LIVE | _TOLD_APART and _differ(old, new, name)]
    if [(row.name, row.match) for row in old.strategies] != [(row.name, row.match) for row in new.strategies]:
        changed.append("strategies (names and what they match)")
    if [(row.name, row.source) for row in old.strategies] != [(row.name, row.source) for row in new.strategies]:
        changed.append("strategies (their sources)")
    if any(getattr(old.feed, name) != getattr(new.feed, name) for name in ("reconcile_s", "request_weight_per_minute")):
        changed.append("feed (reconcile_s, request_weight_per_minute)")
    if old.guardian.enabled != new.guardian.enabled:
        changed.append("guardian (enabled)")
    return (*out, *(f"{name} changed in the configuration: a restart is needed to take it over" for name in changed))


def _accounts(old: Config, new: Config) -> Iterable[str]:
    before = {account.name: account for account in old.accounts}
    after = {account.name: account for account in new.accounts}
    names: tuple[tuple[str, Collection[str]], ...] = (
        ("added", [name for name in after if name not in before]),
        ("removed", [name for name in before if name not in after]),
        (
            "changed",
            [
                name
                for name in after
                if name in before
                and before[name].model_copy(update=_ELSEWHERE) != after[name].model_copy(update=_ELSEWHERE)
            ],
        ),
    )
    for word, found in names:
        if found:
            few = ", ".join(list(found)[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
            yield f"accounts were {word} in the configuration ({few}): a restart is needed to take that over"


def _differ(old: Config, new: Config, name: str) -> bool:
    return bool(getattr(old, name) != getattr(new, name))


def _written(path: Path, change: Callable[[str], str]) -> Config:
    """Blocks."""
    before = read_text(path)
    write_config(path, before, change(before), METRIC_DIRECTIONS)
    return load_config(path, METRIC_DIRECTIONS)


def _kept_rows(parts: Parts) -> object:
    try:
        return parts.journal.load_state(ROWS_STATE)
    except JournalError:
        return None


def _roster(parts: Parts) -> Path | None:
    return None if parts.config_file is None else roster_path(parts.config.accounts_file, parts.config_file.parent)
