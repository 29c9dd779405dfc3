"""What the screen shows of faults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CrashView:
    """Scrubbed already; the texts may be shown, copied and saved as they stand."""

    count: int
    kinds: int
    """Places in which faults arose."""
    text: str
    nameless: str
    """The same without names of accounts."""
    saved: str = ""
    """The file, "" where it could not be kept."""
    trouble: str = ""
    """Why not."""
    ended: tuple[str, ...] = ()
    """Sentences on desks before this one that ended unexpectedly."""

    @property
    def headline(self) -> str:
        if not self.count:
            return self.ended[-1] if self.ended else ""
        kinds = f" in {self.kinds} places" if self.kinds > 1 else ""
        times = f", {self.count:,} times{kinds}" if self.count > 1 else ""
        return f"Something inside Scram went wrong and was caught{times}"
