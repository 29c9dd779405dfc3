from __future__ import annotations

import pytest

from widgets.fonts import application_icon, load_fonts
from widgets.theme import THEMES, Theme, Tone


def _luminance(value: str) -> float:
    parts = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize("tone", list(Tone))
def test_every_tone_can_be_read_on_every_surface(theme: Theme, tone: Tone) -> None:
    for surface in theme.surfaces:
        assert contrast(theme.hex(tone), surface) >= 4.5, surface


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


def test_the_icon_can_be_drawn() -> None:
    assert not application_icon().isNull()
