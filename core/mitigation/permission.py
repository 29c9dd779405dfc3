"""Whether this engine is the one that acts on an account: asked anew before every batch of orders, never remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.clock import utc_text

MayAct = Callable[[str], str]
"""By account: "" where this engine may send orders now, else the sentence that says why not. Costs nothing to ask; the
answer may change from one moment to the next."""


def anywhere(account: str) -> str:
    """Where nobody else could act."""
    return ""


@dataclass(frozen=True, slots=True)
class OtherDesk:
    """Another engine that acts on accounts of this book."""

    name: str
    accounts: int
    until_s: float
    """When its lease ends unless it renews it; wall time, by the database's clock."""

    @property
    def words(self) -> str:
        return f"held by {self.name} until {clock_text(self.until_s)}"


@dataclass(frozen=True, slots=True)
class LeaseView:
    """Who acts on the accounts of this book."""

    accounts: int = 0
    held: int = 0
    """Of these, the ones on which this engine may act now."""
    others: tuple[OtherDesk, ...] = ()
    until_s: float | None = None
    """Wall time until which this engine may act if it cannot renew its lease; None while it holds nothing."""
    trouble: str = ""
    """Why the lease cannot be renewed."""
    asked: bool = False
    """An operator wants to act here, and the other desk was asked to hand over."""

    @property
    def view_only(self) -> bool:
        """Nothing may be done here but watch and stop."""
        return self.accounts > 0 and not self.held

    @property
    def words(self) -> str:
        """ "" where this engine acts on everything and will go on to."""
        if self.others:
            part = "" if self.view_only else f" for {self.accounts - self.held} of {self.accounts} accounts"
            asked = "; it was asked to hand over" if self.asked else ""
            return f"view only{part}: {'; '.join(row.words for row in self.others)}{asked}"
        if self.trouble and self.held and self.until_s is not None:
            return (
                f"the lease cannot be renewed ({self.trouble}): this desk acts until {clock_text(self.until_s)}, "
                "from then on only the stop does"
            )
        if self.view_only:
            return f"view only: {self.trouble or 'the lease is being asked for'}; only the stop acts"
        return ""


ALONE = LeaseView()


def clock_text(at_s: float) -> str:
    """`17:20:05 UTC`."""
    return f"{utc_text(at_s)[11:19]} UTC"
