"""Every error that Scram raises on purpose, in one tree.

ScramError
├── ConfigError            the configuration says something that is not allowed
├── SecretError            a credential is missing or cannot be read
├── VenueError             a venue did not do what was asked
│   ├── VenueUnreachable   no answer could be had; nothing is known to have happened
│   ├── VenueTimeout       no answer in time: the request may or may not have taken effect
│   ├── VenueBusy          the venue asks us to slow down (429, 418, DDoS guard)
│   ├── VenueDenied        key, signature or permission refused
│   ├── VenueClock         our timestamp is outside the venue's window
│   ├── VenueRefused       understood and turned down (bad order, unknown order, too small, no funds)
│   ├── VenueUnsupported   the venue, or ccxt for it, has no such call
│   └── VenueGarbled       the answer cannot be understood
├── SourceError            what trades was not asked, did not answer, or said what means nothing
├── NotifyError            a notification did not go out
├── JournalError           a record could not be written or read
├── LatchError             the latch file cannot be written or understood
├── DrillError             a drill cannot be run, or its report not be kept
├── ChannelError           the guardian and whoever speaks to it do not understand each other
├── ServiceError           the system does not keep a guardian running, or cannot be told to
├── FlattenError           closing positions under a stop cannot be previewed, armed or fired as things stand
├── SettingError           a setting of the desk was given a value that is not allowed
├── FilterError            the filter of a table cannot be understood
└── PaperError             the paper exchange was asked for something it cannot do
"""

from __future__ import annotations


class ScramError(Exception):
    """Root of the tree; its text is one sentence fit for an operator, without secrets."""


class ConfigError(ScramError):
    """Names the file, the place in it, the bad value and what is allowed."""


class SecretError(ScramError):
    """Names the account and where its credential was looked for; never the credential."""


class VenueError(ScramError):
    """A call to a venue failed; `account` says whose (or "" for public calls)."""

    def __init__(self, message: str, *, account: str = "") -> None:
        super().__init__(message)
        self.account = account


class VenueUnreachable(VenueError):
    """Connection refused, reset, DNS, 5xx: the venue gave no answer that means anything."""


class VenueTimeout(VenueError):
    """The deadline passed; a timed-out cancel or order may still have worked."""


class VenueBusy(VenueError):
    """Rate limited. `retry_after_s` is the venue's own wish in seconds, or None if it gave none."""

    def __init__(self, message: str, *, account: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, account=account)
        self.retry_after_s = retry_after_s


class VenueDenied(VenueError):
    """Wrong key, wrong signature, missing permission, address not on the allow-list."""


class VenueClock(VenueError):
    """Our clock and the venue's differ by more than its receive window."""


class VenueRefused(VenueError):
    """A definite no: the venue understood the request and did not carry it out."""


class VenueUnsupported(VenueError):
    """No such call at this venue."""


class VenueGarbled(VenueError):
    """A reply that is not what the venue documents: malformed JSON, missing fields."""


class SourceError(ScramError):
    """A source could not be asked or read; nothing is known of what trades."""


class NotifyError(ScramError):
    """A route could not be used, or what is behind it did not take the message; without its address."""


class JournalError(ScramError):
    """The journal cannot be written, read or verified."""


class LatchError(ScramError):
    """The latch file cannot be written or understood."""


class DrillError(ScramError):
    """A drill cannot be run as it was asked for, or its report cannot be written or understood."""


class ChannelError(ScramError):
    """No guardian is there, it refused, or what came over its channel is no message."""


class FlattenError(ScramError):
    """Says what is missing: a stop that is latched, a preview that is fresh, an arming, a name, a reason."""


class EventError(ScramError):
    """An event cannot be put aside or resolved as it was asked for; says what is allowed."""


class SettingError(ScramError):
    """Names the bad value and says what is allowed; whoever knows the setting adds its name."""


class FilterError(ScramError):
    """A filter cannot be understood: names the place, the word and what is allowed."""

    def __init__(self, message: str, at: int) -> None:
        """`at`: letters before the place."""
        super().__init__(f"column {at + 1}: {message}")
        self.at = at


class PaperError(ScramError):
    """The paper exchange was configured or asked for something impossible."""


class ServiceError(ScramError):
    """Names the file or the command of the system that did not do what was asked."""
