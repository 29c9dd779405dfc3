"""What of the journal somebody wants to see."""

from __future__ import annotations

from dataclasses import dataclass

from core.journal.records import Entry


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that is given has to hold; nothing given is everything."""

    kinds: tuple[str, ...] = ()
    """Whole kinds or their first words: `event` takes in `event.raised`. Any one of them."""
    scope: str = ""
    actor: str = ""
    subject: str = ""
    """The id of an event, a mitigation or a stop."""
    run: str = ""
    from_s: float | None = None
    """Wall time; records of that moment are in."""
    to_s: float | None = None
    """Wall time; records of that moment are out."""
    text: str = ""
    """Somewhere in the body, in capitals or not."""

    def matches(self, entry: Entry) -> bool:
        """What a lookup says of a row, of an entry that has none yet."""
        equal = all(
            not wanted or wanted == found
            for wanted, found in (
                (self.scope, entry.scope), (self.actor, entry.actor), (self.subject, entry.subject),
                (self.run, entry.run),
            )
        )  # fmt: skip
        kind = not self.kinds or any(entry.kind == one or entry.kind.startswith(f"{one}.") for one in self.kinds)
        late = self.from_s is None or entry.at_s >= self.from_s
        early = self.to_s is None or entry.at_s < self.to_s
        return equal and kind and late and early and self.text.lower() in entry.body.lower()


ALL = Wanted()
