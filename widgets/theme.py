"""Colours as data: dark and light, each in a high contrast too, laid over Fusion.

Colour means abnormal. What is normal uses one of three text strengths; unknown has a colour that no severity shares.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from widgets.fonts import load_fonts, text_font
from widgets.stylesheet import sheet


class Tone(enum.StrEnum):
    """What a piece of text means; the theme says how that looks."""

    STRONG = "strong"
    NORMAL = "normal"
    FAINT = "faint"
    ACCENT = "accent"
    OK = "ok"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"
    UNKNOWN = "unknown"
    GAIN = "gain"
    LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Theme:
    """Every colour that a widget may use, as `#rrggbb`."""

    name: str
    dark: bool
    ground: str
    panel: str
    raised: str
    line: str
    selection: str
    track: str
    """The empty part of a bar, and a calm cell of the risk wall."""
    strong: str
    normal: str
    faint: str
    accent: str
    ok: str
    low: str
    medium: str
    high: str
    critical: str
    unknown: str
    gain: str
    loss: str
    focus_px: int = 1
    """Width of the frame round whatever has the keyboard."""
    stop_face: str = "#d3221c"
    stop_down: str = "#a81611"
    stop_word: str = "#ffffff"
    stop_frame: str = "#f5c400"
    stop_ink: str = "#14181f"

    def hex(self, tone: Tone) -> str:
        return str(getattr(self, tone.value))

    def color(self, tone: Tone) -> QColor:
        return QColor(self.hex(tone))

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Everything that text may stand on."""
        return (self.ground, self.panel, self.raised, self.selection)


DARK = Theme(
    name="dark",
    dark=True,
    ground="#0f1216",
    panel="#171a20",
    raised="#20252d",
    line="#2b313b",
    selection="#22354a",
    track="#323a45",
    strong="#f3f5f8",
    normal="#c9cfd7",
    faint="#a3abb6",
    accent="#8ab8ff",
    ok="#3fd0a2",
    low="#5fb8ec",
    medium="#ead84f",
    high="#f79a3a",
    critical="#ff8177",
    unknown="#c4a3f0",
    gain="#7fc6ea",
    loss="#dfae70",
)

LIGHT = Theme(
    name="light",
    dark=False,
    ground="#eceff2",
    panel="#ffffff",
    raised="#f3f5f8",
    line="#cfd5dc",
    selection="#d9e8f8",
    track="#d5dae1",
    strong="#12161c",
    normal="#363d47",
    faint="#555e6a",
    accent="#0a57a4",
    ok="#00664b",
    low="#00619c",
    medium="#685900",
    high="#994900",
    critical="#b4201a",
    unknown="#683bac",
    gain="#005f88",
    loss="#835400",
)

CONTRAST_DARK = Theme(
    name="contrast-dark",
    dark=True,
    ground="#000000",
    panel="#000000",
    raised="#1b2028",
    line="#8f9aa8",
    selection="#062f54",
    track="#4a535f",
    strong="#ffffff",
    normal="#f2f4f7",
    faint="#d3d9e0",
    accent="#8fc7ff",
    ok="#4fe0b0",
    low="#7fd0ff",
    medium="#ffec61",
    high="#ffb155",
    critical="#ffa39b",
    unknown="#dcc2ff",
    gain="#9adcff",
    loss="#f7c886",
    focus_px=2,
    stop_face="#b01611",
    stop_down="#8a0f0b",
)

CONTRAST_LIGHT = Theme(
    name="contrast-light",
    dark=False,
    ground="#ffffff",
    panel="#ffffff",
    raised="#f1f3f6",
    line="#59626e",
    selection="#cfe4fb",
    track="#aeb6c0",
    strong="#000000",
    normal="#15181d",
    faint="#30363f",
    accent="#003f80",
    ok="#004d38",
    low="#00456f",
    medium="#4d4100",
    high="#6e3300",
    critical="#8c0f0a",
    unknown="#4b2288",
    gain="#00455f",
    loss="#5c3a00",
    focus_px=2,
    stop_face="#b01611",
    stop_down="#8a0f0b",
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT, CONTRAST_DARK, CONTRAST_LIGHT)}

_current = [DARK]


def current() -> Theme:
    return _current[0]


@cache
def _brush(value: str) -> QBrush:
    return QBrush(QColor(value))


def brush(tone: Tone) -> QBrush:
    """Cached, because tables ask for one per visible cell."""
    return _brush(current().hex(tone))


def _roles(theme: Theme) -> dict[QPalette.ColorRole, str]:
    role = QPalette.ColorRole
    return {
        role.Window: theme.ground,
        role.WindowText: theme.normal,
        role.Base: theme.panel,
        role.AlternateBase: theme.raised,
        role.Text: theme.normal,
        role.Button: theme.raised,
        role.ButtonText: theme.strong,
        role.BrightText: theme.strong,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.strong,
        role.PlaceholderText: theme.faint,
        role.Highlight: theme.selection,
        role.HighlightedText: theme.strong,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Accent: theme.accent,
        role.Light: theme.raised,
        role.Midlight: theme.raised,
        role.Mid: theme.line,
        role.Dark: theme.line,
    }


def palette(theme: Theme) -> QPalette:
    made = QPalette()
    for role, value in _roles(theme).items():
        made.setColor(role, QColor(value))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faint))
    return made


def apply_theme(app: QApplication, theme: Theme, *, follows: bool = False) -> None:
    """Set style, palette, style sheet and font of the whole application; every widget repaints itself.

    With `follows` the platform's scheme is left to the platform: it is what `theme` was chosen by.
    """
    _current[0] = theme
    load_fonts()
    if app.style().objectName().lower() != "fusion":
        app.setStyle(QStyleFactory.create("Fusion"))
    # The window frame and native menus follow the scheme; the palette alone would leave them as they were.
    scheme = Qt.ColorScheme.Dark if theme.dark else Qt.ColorScheme.Light
    if not follows:
        QGuiApplication.styleHints().setColorScheme(scheme)
    app.setFont(text_font())
    app.setPalette(palette(theme))
    app.setStyleSheet(sheet(theme))
