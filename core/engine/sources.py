"""From the configuration's strategies to their sources: secrets looked up, and what cannot be asked says why."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from core.clock import Clock
from core.config.strategies import SourceConfig, SourceKind, StrategyConfig
from core.domain import Scope
from core.errors import SecretError, SourceError
from core.halt.source.command import CommandSource, CommandSpec
from core.halt.source.desk import SourceDesk
from core.halt.source.model import Source, SourceRequest, SourceState
from core.halt.source.webhook import WebhookSource, WebhookSpec
from core.secrets import KeyringPort, find_source_secret

AT_ONCE = 16
"""Commands that run side by side; the others wait for one to end or to be ended."""


@dataclass(frozen=True, slots=True)
class Sources:
    desk: SourceDesk
    secrets: tuple[str, ...]
    """For masking logs."""


def connect_sources(
    strategies: Iterable[StrategyConfig],
    touched: Callable[[Scope], Collection[str]],
    environ: Mapping[str, str],
    keyring: KeyringPort | None,
    clock: Clock,
) -> Sources:
    """Nobody is asked yet. May block on the system's keyring: call from a thread."""
    rows = tuple(strategies)
    threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="source")
    secrets: list[str] = []
    found: dict[str, Source] = {}
    for row in rows:
        if row.source is None:
            continue
        try:
            found[row.name] = _source(row.name, row.source, environ, keyring, clock, threads, secrets)
        except SecretError as error:
            found[row.name] = _Unasked(row.source.kind.value, str(error))

    def end() -> None:
        threads.shutdown(wait=False, cancel_futures=True)

    return Sources(SourceDesk(found, [row.name for row in rows], touched, clock, end=end), tuple(secrets))


def _source(
    strategy: str,
    config: SourceConfig,
    environ: Mapping[str, str],
    keyring: KeyringPort | None,
    clock: Clock,
    threads: ThreadPoolExecutor,
    secrets: list[str],
) -> Source:
    if config.kind is SourceKind.WEBHOOK:
        secret = find_source_secret(strategy, config.secret or "", environ, keyring)
        secrets.append(secret)
        web = WebhookSpec(config.url or "", secret, config.knows_reduce_only, config.timeout_s)
        return WebhookSource(strategy, web, clock, lambda: uuid.uuid4().hex)
    spec = CommandSpec(
        config.pause or (), config.resume or (), config.status or (), config.reduce_only, config.environment,
        config.timeout_s,
    )  # fmt: skip
    return CommandSource(strategy, spec, environ, threads)


class _Unasked:
    """A source whose secret is missing: every attempt says why."""

    knows_reduce_only = False

    def __init__(self, kind: str, reason: str) -> None:
        self.kind = kind
        self._reason = reason

    async def ask(self, request: SourceRequest) -> None:
        raise SourceError(self._reason)

    async def read(self) -> SourceState:
        raise SourceError(self._reason)

    async def close(self) -> None:
        pass
