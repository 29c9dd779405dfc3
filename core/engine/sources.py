"""From the configuration's strategies to their sources: secrets looked up, and what cannot be asked says why."""

from __future__ import annotations

import asyncio
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
    """Nobody is asked yet, and no keyring either: a locked one must not hold up a stop."""
    rows = tuple(strategies)
    maker = _Maker(environ, keyring, clock)
    found = {row.name: maker.make(row.name, row.source) for row in rows if row.source is not None}
    desk = SourceDesk(found, [row.name for row in rows], touched, clock, end=maker.end)
    return Sources(desk, tuple(maker.secrets))


class _Maker:
    def __init__(self, environ: Mapping[str, str], keyring: KeyringPort | None, clock: Clock) -> None:
        self._environ = environ
        self._keyring = keyring
        self._clock = clock
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="source")
        self.secrets: list[str] = []
        """Found so far."""

    def make(self, strategy: str, config: SourceConfig) -> Source:
        if config.kind is SourceKind.WEBHOOK:
            if config.secret == "keyring":
                return _Late(lambda: self._webhook(strategy, config), config, self._threads)
            try:
                return self._webhook(strategy, config)
            except SecretError as error:
                return _Unasked(str(error))
        spec = CommandSpec(
            config.pause or (), config.resume or (), config.status or (), config.reduce_only, config.environment,
            config.timeout_s,
        )  # fmt: skip
        return CommandSource(strategy, spec, self._environ, self._threads)

    def _webhook(self, strategy: str, config: SourceConfig) -> Source:
        """Raises SecretError."""
        secret = find_source_secret(strategy, config.secret or "", self._environ, self._keyring)
        self.secrets.append(secret)
        spec = WebhookSpec(config.url or "", secret, config.knows_reduce_only, config.timeout_s)
        return WebhookSource(strategy, spec, self._clock, lambda: uuid.uuid4().hex)

    def end(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Late:
    """A webhook whose secret is in the keyring: looked up in a thread when it is needed first."""

    kind = "webhook"

    def __init__(self, make: Callable[[], Source], config: SourceConfig, threads: ThreadPoolExecutor) -> None:
        self.knows_reduce_only = config.knows_reduce_only
        self._make = make
        self._threads = threads
        self._made: Source | None = None

    async def ask(self, request: SourceRequest) -> None:
        await (await self._source()).ask(request)

    async def read(self) -> SourceState:
        return await (await self._source()).read()

    async def close(self) -> None:
        pass

    async def _source(self) -> Source:
        if self._made is None:
            try:
                self._made = await asyncio.get_running_loop().run_in_executor(self._threads, self._make)
            except SecretError as error:
                raise SourceError(str(error)) from None
        return self._made


class _Unasked:
    """A webhook without a secret: every attempt says why."""

    kind = "webhook"
    knows_reduce_only = False

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def ask(self, request: SourceRequest) -> None:
        raise SourceError(self._reason)

    async def read(self) -> SourceState:
        raise SourceError(self._reason)

    async def close(self) -> None:
        pass
