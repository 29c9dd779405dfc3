"""What the guardian acts with: accounts, credentials and policy, prepared before they are needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from core.halt.guardian.messages import KnownAccount
from core.halt.guardian.watch import GuardPolicy
from core.halt.terms import StopTerms


@dataclass(frozen=True, slots=True)
class ArmsState:
    policy: GuardPolicy
    terms: StopTerms
    """On which it stops by itself."""
    accounts: int
    unready: tuple[str, ...]
    """Names of accounts whose acting side is not prepared."""
    borrowed: int
    """Accounts without credentials for the guardian alone."""
    problems: tuple[str, ...] = ()

    @property
    def ready(self) -> int:
        return self.accounts - len(self.unready)


class Changed(Protocol):
    async def __call__(self, *, accounts: bool) -> None:
        """The configuration has changed; `accounts`: they are reached in another way than before."""
        ...


class Arms(Protocol):
    @property
    def state(self) -> ArmsState: ...

    def know(self, rows: Iterable[KnownAccount]) -> None:
        """A desk tells what it knows of accounts; stops that begin from now on use it."""
        ...

    async def keep_ready(self, changed: Changed) -> None:
        """For ever: prepare what is not prepared, and read the configuration again when it changes; then `changed` is
        called, so that what is being stopped goes on with the new accounts."""
        ...

    async def close(self) -> None: ...
