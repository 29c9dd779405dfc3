from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QPalette

from tests.widgets.contrast import contrast
from widgets.fonts import application_icon, load_fonts
from widgets.theme import THEMES, Theme, Tone, palette


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize("tone", list(Tone))
def test_every_tone_can_be_read_on_every_surface(theme: Theme, tone: Tone) -> None:
    least = 7.0 if theme.name.startswith("contrast") else 4.5
    for surface in theme.surfaces:
        assert contrast(theme.hex(tone), surface) >= least, surface


_ROLES = QPalette.ColorRole
_PAIRS = [
    (text, ground)
    for text, grounds in {
        _ROLES.WindowText: (_ROLES.Window, _ROLES.Base, _ROLES.AlternateBase),
        _ROLES.Text: (_ROLES.Base, _ROLES.AlternateBase, _ROLES.Window),
        _ROLES.PlaceholderText: (_ROLES.Base, _ROLES.Window),
        _ROLES.ButtonText: (_ROLES.Button, _ROLES.Window),
        _ROLES.BrightText: (_ROLES.Button, _ROLES.Window),
        _ROLES.HighlightedText: (_ROLES.Highlight,),
        _ROLES.ToolTipText: (_ROLES.ToolTipBase,),
        _ROLES.Link: (_ROLES.Base, _ROLES.Window),
        _ROLES.LinkVisited: (_ROLES.Base, _ROLES.Window),
    }.items()
    for ground in grounds
]


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize(
    "group", [QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled]
)
def test_every_pair_of_the_palette_can_be_read(theme: Theme, group: QPalette.ColorGroup) -> None:
    made = palette(theme)
    for text, ground in _PAIRS:
        pair = [made.color(group, role).name() for role in (text, ground)]
        assert contrast(*pair) >= 4.5, (text, ground)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_the_frame_of_what_has_the_keyboard_stands_out(theme: Theme) -> None:
    for surface in theme.surfaces:
        assert contrast(theme.accent, surface) >= 3.0
    if theme.name.startswith("contrast"):
        assert all(contrast(theme.line, surface) >= 3.0 for surface in theme.surfaces)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_every_colour_is_one(theme: Theme) -> None:
    for tone in Tone:
        assert QColor(theme.hex(tone)).isValid()


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_the_stop_can_be_read(theme: Theme) -> None:
    assert contrast(theme.stop_word, theme.stop_face) >= 4.5
    assert contrast(theme.stop_word, theme.stop_down) >= 4.5
    assert contrast(theme.stop_ink, theme.stop_frame) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_unknown_shares_its_colour_with_nothing(theme: Theme) -> None:
    others = {theme.hex(tone) for tone in Tone if tone is not Tone.UNKNOWN}
    assert theme.unknown not in others


def test_the_shipped_faces_are_loaded() -> None:
    assert {"Inter", "JetBrains Mono"} <= load_fonts()


def test_the_icon_is_drawn_sharp_in_every_size(qapp: object) -> None:
    icon = application_icon()
    for size in (16, 64, 512):
        assert icon.pixmap(size, size).size().width() == size
