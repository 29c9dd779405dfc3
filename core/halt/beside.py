"""What a stop shares with another process that may stop the same accounts; alone, it shares nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Beside(Protocol):
    async def hold(self, halt_id: str, account: str) -> None:
        """Return when this process has to stop the account itself: at once, unless another one is seeing to it."""
        ...

    async def issued(self, halt_id: str, client_order_ids: Sequence[str]) -> None:
        """Orders with these ids, written into the latch by now, are about to be sent: return when no sweep of the other
        process takes them any more. Bounded; never raises."""
        ...


class Alone:
    async def hold(self, halt_id: str, account: str) -> None:
        return

    async def issued(self, halt_id: str, client_order_ids: Sequence[str]) -> None:
        return


ALONE = Alone()
