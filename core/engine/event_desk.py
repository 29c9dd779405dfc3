"""The event desk as the configuration wants it: its settings, and which scope stands above which."""

from __future__ import annotations

from collections.abc import Callable

from core.clock import Clock
from core.config import Config
from core.engine.accounts import rules_of
from core.events.desk import EventDesk
from core.events.kinship import Kinship
from core.events.settings import EventSettings

UNKNOWN_AFTER_S = 10.0
"""A limit that cannot be evaluated for this long is an event; connecting takes a few seconds."""


def event_settings(config: Config) -> EventSettings:
    return EventSettings(**dict(config.events))


def kinship_of(config: Config) -> Kinship:
    accounts = [account.name for account in config.accounts]
    used = {
        rule.name: [name for name in accounts if rule.may_claim_account(name)] for rule in rules_of(config.strategies)
    }
    return Kinship({account.name: account.venue for account in config.accounts}, used)


def event_desk(config: Config, clock: Clock, new_id: Callable[[], str]) -> EventDesk:
    return EventDesk(
        clock, new_id, unknown_after_s=UNKNOWN_AFTER_S, settings=event_settings(config), kinship=kinship_of(config)
    )
