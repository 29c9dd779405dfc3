"""From the configuration's routes to the notification desk, and from its troubles to an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from core.clock import Clock
from core.config import Config, RouteConfig
from core.domain import PORTFOLIO, Group, Pattern, Severity
from core.engine.record import Recorder
from core.errors import SecretError
from core.events.desk import EventDesk
from core.events.transitions import Transition
from core.intents import TryRoute
from core.notify.desk import NotifyDesk
from core.notify.model import FAILING, RouteSpec
from core.notify.sender import AppriseSender, Sender
from core.secrets import KeyringPort, find_route_address


@dataclass(frozen=True, slots=True)
class Routes:
    desk: NotifyDesk
    secrets: tuple[str, ...]
    """For masking logs."""


def routes_of(
    config: Config, environ: Mapping[str, str], keyring: KeyringPort | None
) -> list[tuple[RouteSpec, Sender]]:
    """Nobody is told anything yet, and no keyring is asked either: a locked one would hold up the start."""
    return [(spec_of(row, config), _sender(row, environ, keyring)) for row in config.notify.routes]


def notify_desk(config: Config, environ: Mapping[str, str], keyring: KeyringPort | None, clock: Clock) -> Routes:
    found = []
    for row in config.notify.routes:
        if row.url.startswith("env:"):
            try:
                found.append(find_route_address(row.name, row.url, environ))
            except SecretError:
                continue  # the first message says so
    return Routes(NotifyDesk(routes_of(config, environ, keyring), clock), tuple(found))


def spec_of(row: RouteConfig, config: Config) -> RouteSpec:
    return RouteSpec(
        name=row.name,
        least=row.least,
        scopes=tuple(_with_members(scope, config.groups) for scope in row.scopes),
        kinds=frozenset(row.kinds),
        quiet=row.quiet,
        quiet_least=row.quiet_least,
        per_minute=row.per_minute,
        burst=row.burst,
        digest_s=row.digest_s,
        timeout_s=row.timeout_s,
    )


def _with_members(scope: Pattern, groups: Mapping[str, tuple[str, ...]]) -> Pattern:
    return replace(scope, members=groups.get(scope.name, ())) if isinstance(scope, Group) else scope


def _sender(row: RouteConfig, environ: Mapping[str, str], keyring: KeyringPort | None) -> Sender:
    return AppriseSender(row.name, lambda: find_route_address(row.name, row.url, environ, keyring), row.timeout_s)


class Notifying:
    """Starts and ends the desk of notifications, and tells of its troubles where they can still be seen."""

    def __init__(
        self,
        desk: NotifyDesk,
        events: EventDesk,
        recorder: Recorder,
        notice: Callable[[str], None],
        take_transitions: Callable[[Iterable[Transition]], None],
    ) -> None:
        self._desk = desk
        self._events = events
        self._recorder = recorder
        self._notice = notice
        self._take_transitions = take_transitions
        self._told = ""

    def start(self) -> None:
        self._desk.start(lambda kind, body: self._recorder.note(kind, None, body))

    async def close(self) -> None:
        await self._desk.close()

    def step(self, *, watching: bool) -> None:
        """A route that fails is an event until none does. A desk that only watches leaves the telling to who acts."""
        self._desk.silent = watching
        trouble = self._desk.trouble
        if trouble == self._told:
            return
        self._told = trouble
        if trouble:
            self._take_transitions(self._events.raise_system(PORTFOLIO, FAILING, Severity.HIGH, trouble))
        else:
            self._take_transitions(self._events.clear(PORTFOLIO, FAILING, note="notifications go out again"))

    def try_route(self, intent: TryRoute) -> None:
        refused = self._desk.try_route(intent.route, intent.operator)
        if refused:
            self._notice(refused)
