"""Builds the parts of an engine from a configuration; nothing goes over the wire yet."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.book.attribution import AccountEntry
from core.book.book import Book
from core.clock import Clock
from core.config import Config
from core.domain import UNATTRIBUTED
from core.engine.accounts import (
    Connections,
    acquirer,
    connect,
    feed_settings,
    rules_of,
    stop_settings,
    stoppables,
)
from core.engine.config_versions import CONFIG_STATE, ConfigVersions
from core.engine.costly import CostlyBeat, Want
from core.engine.event_desk import event_desk
from core.engine.figures import Figures
from core.engine.guarding import GuardianPost, guardian_post
from core.engine.halting import TargetFinder
from core.engine.history import HistoryKeeper
from core.engine.ids import new_id
from core.engine.kept_journal import KeptJournal
from core.engine.lease import Lease, identity_of, own_name
from core.engine.limit_keeper import LIMITS_STATE, LimitKeeper
from core.engine.notifying import notify_desk
from core.engine.parts import Live, Parts
from core.engine.readying import drill_desk, prober_of, ready_terms, subjects
from core.engine.risk_settings import risk_settings
from core.engine.sources import Sources, connect_sources
from core.engine.timing import Timing
from core.engine.unaided import desk_latches, new_halt_id
from core.engine.unreachable import UnreachableVenues
from core.engine.unseen import UnseenAccounts
from core.errors import JournalError, VenueUnsupported
from core.halt.beside import ALONE
from core.halt.desk import HaltDesk
from core.halt.drill.report import DrillFolder
from core.halt.evidence.export import EvidenceStore
from core.halt.flatten.desk import FlattenDesk
from core.halt.guardian.link import BesideGuardian
from core.halt.readiness.desk import ReadyDesk
from core.journal.database import beside, url_of
from core.journal.journal import SEALS_ENDING, SPILL_ENDING
from core.journal.leases import LeaseStore
from core.mitigation.desk import DeskSettings, MitigationDesk
from core.mitigation.plans import Planner
from core.mitigation.turnover import Caps
from core.places import Places
from core.risk.costly.run import CostlyModel
from core.risk.course import Course
from core.risk.matrix import RiskModel
from core.sealed_keys import Keychain
from core.secrets import KeyringPort
from core.venues.hub import VenueHub
from core.venues.protocol import ActingVenue


@dataclass(frozen=True, slots=True)
class StopParts:
    """What stops, and what else of it the engine shares: all that is needed before a journal is opened."""

    connections: Connections
    book: Book
    targets: TargetFinder
    halts: HaltDesk
    sources: Sources
    guardian: GuardianPost | None


def build_stop(
    config: Config,
    environ: Mapping[str, str],
    places: Places,
    clock: Clock,
    rng: random.Random,
    keyring: KeyringPort | None = None,
    guardian_command: Sequence[str] = (),
) -> StopParts:
    """May block on the system's keyring, and on no disk: call from a thread. What it makes is for the loop's thread.

    `guardian_command` is how a guardian is started where none runs; without it somebody else sees to that.
    """
    feed = feed_settings(config.feed, config.stop)
    connections = connect(
        config.accounts, environ, keyring, clock, rng, feed, egress=config.egress, shared=places.runtime
    )
    book = book_of(config, clock, endpoints(connections))
    targets = TargetFinder(stoppables(config.accounts, connections), rules_of(config.strategies), book)
    sources = connect_sources(config.strategies, targets.strategies_in, environ, keyring, clock)
    guardian = guardian_post(config, environ, places, clock, guardian_command, _whisper(keyring))
    halts = HaltDesk(
        desk_latches(places), targets, clock, stop_settings(config.stop), new_halt_id,
        BesideGuardian(guardian.link) if guardian is not None else ALONE, sources=sources.desk,
    )  # fmt: skip
    return StopParts(connections, book, targets, halts, sources, guardian)


def build(
    config: Config,
    environ: Mapping[str, str],
    places: Places,
    clock: Clock,
    rng: random.Random,
    keyring: KeyringPort | None = None,
    config_file: Path | None = None,
    stop: StopParts | None = None,
    plan_threads: Executor | None = None,
) -> Parts:
    """May block on the disk and on the system's keyring: call from a thread.

    `config_file` is where the configuration was read from; without it there is nothing to read again. `stop`: where it
    was built before. `plan_threads`: where large plans are made; without one, in a thread of their own.
    """
    stop = stop or build_stop(config, environ, places, clock, rng, keyring)
    connections, book = stop.connections, stop.book
    place = config.journal.url or places.database
    folder = places.database.parent
    spill, seals = beside(place, folder, SPILL_ENDING), beside(place, folder, SEALS_ENDING)
    journal = KeptJournal(place, clock, spill=spill, seals=seals)
    lease = lease_of(config, connections, str(place), clock)
    settings = risk_settings(config)
    costly = CostlyModel(settings)
    risk = RiskModel(book.scopes, (), costly.infos, costly_stale_s=settings.costly_stale_s)
    keeper = LimitKeeper(
        book.scopes, risk.limits.metrics, clock, *_kept_limits(journal), second_person=config.loosening.second_person
    )
    first_limits = keeper.take(config, config.operator)
    risk.set_limits(keeper.limits)
    configs = ConfigVersions(_kept_config(journal))
    first_config = configs.take(config)
    journal.in_force(limits_version=keeper.version, config_version=configs.version)
    strategies = (*(strategy.name for strategy in config.strategies), UNATTRIBUTED)
    course = Course(book.layout, settings, config.base_currency)
    beat = CostlyBeat(book, course, costly, _want(connections.hub), clock)
    figures = Figures(
        book, risk, course, beat, {account.name: account.mode for account in config.accounts}, strategies,
        _read_soon(connections), clock, lease.may_act,
    )  # fmt: skip
    stop.targets.exposures = figures.at_risk
    routes = notify_desk(config, environ, keyring, clock)
    planner = Planner(clock, plan_threads or ThreadPoolExecutor(1, thread_name_prefix="plans"))
    ready = ReadyDesk(subjects(config.accounts, connections), ready_terms(config.readiness), clock)
    watched = {account.name: account.venue for account in config.accounts if account.name not in connections.keyless}
    return Parts(
        config=config,
        config_file=config_file,
        clock=clock,
        hub=connections.hub,
        book=book,
        risk=risk,
        figures=figures,
        course=course,
        costly=beat,
        events=event_desk(config, clock, new_id),
        mitigations=MitigationDesk(clock, new_id, desk_settings(config), figures.accounts_of, planner),
        notifications=routes.desk,
        halts=stop.halts,
        guardian=stop.guardian,
        flattens=FlattenDesk(stop.halts, clock, new_id, rng),
        targets=stop.targets,
        ready=ready,
        prober=prober_of(ready, stop.halts, config.readiness, clock, rng),
        drills=drill_desk(ready, stop.targets, stop.halts, DrillFolder(places.drills), config.stop, clock, new_id),
        unreachable=UnreachableVenues(watched, clock.monotonic()),
        unseen=UnseenAccounts({account.name: account.venue for account in config.accounts}),
        journal=journal,
        signing=EvidenceStore(desk_latches(places)).keys,
        lease=lease,
        history=HistoryKeeper(config.journal, course, url_of(place), clock, lambda: lease.watches_only),
        timing=Timing(),
        keyless=connections.keyless,
        configs=configs,
        first_config=first_config,
        keeper=keeper,
        first_limits=first_limits,
        live=Live(config.engine.cycle_hz),
        secrets=(*connections.secrets(), *stop.sources.secrets, *routes.secrets),
        armed=set(),
        prepare=_prepare(connections),
    )


def _whisper(keyring: KeyringPort | None) -> Callable[[], str]:
    """What a guardian has to be told to read the keys that this desk reads."""
    return lambda: keyring.sealed.passphrase if isinstance(keyring, Keychain) else ""


def lease_of(config: Config, connections: Connections, place: str, clock: Clock) -> Lease:
    keys = {row.account: row.credentials for row in connections.reachable}
    accounts = {row.name: identity_of(row.exchange, row.name, keys.get(row.name)) for row in config.accounts}
    store = LeaseStore(url_of(place))
    return Lease(store, accounts, new_id(), own_name(config.operator), config.engine.lease_s, clock)


def book_of(
    config: Config, clock: Clock, endpoint_of: Callable[[str, str], str] = lambda _, exchange: exchange
) -> Book:
    """An empty book of the configuration's scopes; `endpoint_of` is asked by account and exchange."""
    return Book(
        accounts=[
            AccountEntry(account.name, account.venue, endpoint_of(account.name, account.exchange))
            for account in config.accounts
        ],
        strategies=rules_of(config.strategies),
        base_currency=config.base_currency,
        stablecoins=config.stablecoins,
        clock=clock,
        stale_after_s=config.feed.stale_after_s,
        unknown_after_s=config.feed.unknown_after_s,
    )


def endpoints(connections: Connections) -> Callable[[str, str], str]:
    def endpoint(account: str, exchange: str) -> str:
        return exchange if account in connections.keyless else connections.hub.endpoint_of(account)

    return endpoint


def desk_settings(config: Config) -> DeskSettings:
    terms = config.mending
    return DeskSettings(
        automatic=terms.automatic,
        flatten=terms.flatten,
        countdown_s=terms.countdown_s,
        on_lapse=terms.on_lapse,
        confirm=terms.confirm,
        confirm_span_s=terms.confirm_span_s,
        cool_down_s=terms.cool_down_s,
        lapse_hold_s=terms.lapse_hold_s,
        figures_max_age_s=terms.figures_max_age_s,
        caps=Caps(terms.turnover_per_hour, terms.turnover_per_hour_account, terms.turnover_per_hour_scope),
    )


def _kept_limits(journal: KeptJournal) -> tuple[object, str]:
    """What the last run had in force, and why that cannot be told."""
    try:
        return journal.load_state(LIMITS_STATE), ""
    except JournalError as error:
        return None, str(error)


def _kept_config(journal: KeptJournal) -> object:
    try:
        return journal.load_state(CONFIG_STATE)
    except JournalError:  # it is told of the limits, which are kept beside it
        return None


def _want(hub: VenueHub) -> Want:
    def want(symbols: Mapping[str, Sequence[str]]) -> None:
        for endpoint in hub.endpoints:
            hub.want_market_data(endpoint, symbols.get(endpoint, ()))

    return want


def _read_soon(connections: Connections) -> Callable[[str], None]:
    def read_soon(account: str) -> None:
        if account not in connections.keyless:
            connections.hub.watching(account).read_soon()

    return read_soon


def _prepare(connections: Connections) -> Callable[[str], Coroutine[Any, Any, ActingVenue]]:
    async def prepare(account: str) -> ActingVenue:
        if account in connections.keyless:
            raise VenueUnsupported(str(connections.keyless[account]), account=account)
        return await acquirer(connections.hub, account)()

    return prepare
