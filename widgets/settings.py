"""What the desk lets its user choose, each declared once: key, default, words, and what is allowed.

The page of the settings is made from these, and so is the file that remembers them. What is not `listed` is remembered
too and has its place elsewhere on the screen (columns, folders).
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from core.errors import SettingError
from widgets.saved_view import SavedView, Views

T = TypeVar("T")
ON, OFF = "on", "off"


class Group(enum.StrEnum):
    """The headings of the page, in their order."""

    LOOKS = "Looks"
    FIGURES = "Figures and times"
    ALARMS = "Alarms and sound"
    WINDOW = "Window and tray"
    LOCK = "Lock"
    MEMORY = "What is remembered"


class Kind(Protocol[T]):
    """How a value is written as one line of text, read again, and what is allowed."""

    @property
    def allowed(self) -> str: ...

    def read(self, text: str) -> T:
        """Raises SettingError, which says what is allowed."""
        ...

    def write(self, value: T) -> str: ...


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    @property
    def allowed(self) -> str:
        return f"{ON} or {OFF}"

    def read(self, text: str) -> bool:
        if text.strip().lower() not in (ON, OFF):
            raise SettingError(f"{text!r} is neither {ON} nor {OFF}")
        return text.strip().lower() == ON

    def write(self, value: bool) -> str:
        return ON if value else OFF


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few; each with the words that the screen has for it."""

    options: tuple[tuple[str, str], ...]
    """Value and words."""

    @property
    def allowed(self) -> str:
        return ", ".join(value for value, _ in self.options)

    def read(self, text: str) -> str:
        if text.strip() not in (value for value, _ in self.options):
            raise SettingError(f"{text!r} is not one of {self.allowed}")
        return text.strip()

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two others, both allowed."""

    least: int
    most: int
    unit: str = ""
    at_zero: str = ""
    """What 0 means, where it means more than a number: `never`."""

    @property
    def allowed(self) -> str:
        return f"{self.least} to {self.most}{f' {self.unit}' if self.unit else ''}"

    def read(self, text: str) -> int:
        """With its unit or without it, and the word for 0."""
        bare = text.strip().lower()
        if self.at_zero and bare == self.at_zero:
            return 0
        try:
            value = int(bare.removesuffix(self.unit).strip())
        except ValueError:
            raise SettingError(f"{text!r} is no whole number; allowed is {self.allowed}") from None
        if not self.least <= value <= self.most:
            raise SettingError(f"{value} is not allowed; allowed is {self.allowed}")
        return value

    def write(self, value: int) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Words:
    """Any line of text."""

    @property
    def allowed(self) -> str:
        return "any text"

    def read(self, text: str) -> str:
        return text

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    key: str
    """`group/name` in the file."""
    title: str
    group: Group
    default: T
    kind: Kind[T]
    words: str
    """One or two sentences: what it does, for whoever has to choose."""
    restart: bool = False
    """Takes effect at the next start only."""
    listed: bool = True


class Settings(Protocol):
    """The settings as widgets see them; kept by `app.settings.DeskSettings`."""

    def value(self, setting: Setting[T]) -> T: ...

    def keep(self, setting: Setting[T], value: T) -> None: ...

    def keep_text(self, setting: Setting[Any], text: str) -> None:
        """The same, of a value as it is written; raises SettingError and keeps what was."""
        ...

    def problem(self, setting: Setting[Any]) -> str:
        """Why what was written by other hands is not taken, and the default is; "" where nothing is wrong."""
        ...

    def follow(self, setting: Setting[T], told: Callable[[T], None]) -> None:
        """Call `told` at once, and whenever the value has become another."""
        ...


# A new setting is one more constant here: nothing else needs to be told of it.

SYSTEM = "system"

THEMES = (
    ("dark", "Dark"),
    ("light", "Light"),
    (SYSTEM, "As the system has it"),
    ("contrast-dark", "High contrast, dark"),
    ("contrast-light", "High contrast, light"),
)

THEME = Setting(
    "looks/theme",
    "Theme",
    Group.LOOKS,
    "dark",
    Choice(THEMES),
    "Colours of the whole desk. What follows the system is dark, light or high in contrast whenever the system is.",
)
LOCALE = Setting(
    "figures/locale",
    "Numbers",
    Group.FIGURES,
    SYSTEM,
    Choice(
        (
            (SYSTEM, "As the system has it"),
            ("C", "1,234,567.89"),
            ("de_DE", "1.234.567,89 (German)"),
            ("fr_FR", "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567,89 (French)"),
            ("de_CH", "1’234’567.89 (Swiss)"),
            ("es_ES", "1.234.567,89, four digits as 1234 (Spanish)"),
            ("pl_PL", "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,89, four digits as 1234 (Polish)"),
            ("en_IN", "12,34,567.89 (Indian)"),
            ("ar_EG", "١٬٢٣٤٬٥٦٧٫٨٩ (Arabic)"),
            ("fa_IR", "۱٬۲۳۴٬۵۶۷٫۸۹ (Persian)"),
        )
    ),
    "Decimal and grouping signs and digits of every figure, and how what is typed is read; a decimal point is always "
    "understood too. Files, exports and the journal keep 1,234.5 and UTC.",
)
ZONE = Setting(
    "figures/zone",
    "Times",
    Group.FIGURES,
    "utc",
    Choice((("utc", "UTC"), ("local", "Local time of this machine"))),
    "Every time on the screen, which says its zone in either case. Days and their limits begin at midnight UTC.",
)
COLUMNS = Setting(
    "scopes/columns",
    "Columns of the scope table",
    Group.MEMORY,
    "",
    Words(),
    "Chosen on the page Scopes.",
    listed=False,
)
SCOPE_VIEWS: Setting[tuple[SavedView, ...]] = Setting(
    "scopes/views",
    "Views of the scope table",
    Group.MEMORY,
    (),
    Views(),
    "Kept and given their names on the page Scopes.",
    listed=False,
)
EXPORT_FOLDER = Setting(
    "evidence/folder", "Folder of exports", Group.MEMORY, "", Words(), "Where evidence was written last.", listed=False
)

SOUND = Setting(
    "alarms/sound",
    "Sound of alarms",
    Group.ALARMS,
    True,
    Switch(),
    "Whether high and critical events are heard. Turned off they are still shown, in the tray too, and told by every "
    "route of notifications.",
)
MUTE_MIN = Setting(
    "alarms/mute_min",
    "Length of a mute",
    Group.ALARMS,
    15,
    Whole(1, 240, "min"),
    "Minutes for which Ctrl+M turns the sound off. It comes back by itself, and at once for what is worse.",
)
TOLD = Setting(
    "alarms/told",
    "Messages of this system",
    Group.ALARMS,
    "high",
    Choice((("high", "For high and critical events"), ("critical", "For critical events"), ("none", "None"))),
    "What the tray tells, where the system has one, while the desk is out of sight too.",
)
ON_CLOSE = Setting(
    "window/on_close",
    "When the window is closed",
    Group.WINDOW,
    "ask",
    Choice((("ask", "ask"), ("tray", "go on in the tray"), ("quit", "quit Scram"))),
    "Where the system has a tray. In it Scram goes on watching; without one, closing the window quits.",
)
LOCK_AFTER = Setting(
    "lock/after_min",
    "Lock by itself after",
    Group.LOCK,
    0,
    Whole(0, 480, "min", at_zero="never"),
    "Minutes without a key or a movement of the mouse. Only once a PIN is set.",
)
LOCK_HIDES = Setting(
    "lock/hides",
    "While locked",
    Group.LOCK,
    "figures",
    Choice((("nothing", "show everything, take no act"), ("figures", "hide all figures"))),
    "Either way a locked desk takes no act but the stop: the button and its keys stay live.",
)
LOCK_PIN = Setting(
    "lock/pin",
    "PIN",
    Group.LOCK,
    "",
    Words(),
    "A slow hash of the PIN; the PIN itself is nowhere. `scram pin remove` takes it away.",
    listed=False,
)
LOCK_WRONG = Setting(
    "lock/wrong",
    "Wrong PINs in a row",
    Group.LOCK,
    0,
    Whole(0, 1_000_000),
    "Each makes the wait before the next try longer, over a restart too.",
    listed=False,
)
LOCKED = Setting(
    "lock/locked",
    "Locked",
    Group.LOCK,
    False,
    Switch(),
    "Whether the desk was locked when it ended: it starts locked then.",
    listed=False,
)


def declared() -> tuple[Setting[Any], ...]:
    """All of them, in the order in which they stand here."""
    return tuple(found for found in globals().values() if isinstance(found, Setting))
