"""The two type faces that ship with the desk, and what stands in for them where they cannot be loaded."""

from __future__ import annotations

from functools import cache
from importlib import resources

from PySide6.QtGui import QFont, QFontDatabase, QIcon, QPixmap

TEXT_FAMILY = "Inter"
FIGURE_FAMILY = "JetBrains Mono"
BASE_PX = 13


def _folder(name: str) -> resources.abc.Traversable | None:
    try:
        folder = resources.files("resources").joinpath(name)
    except ModuleNotFoundError:
        return None
    return folder if folder.is_dir() else None


@cache
def load_fonts() -> frozenset[str]:
    """Register the shipped faces once per process; returns the families that could be had.

    A face that is missing or broken costs its looks only: the system's own stands in.
    """
    families: set[str] = set()
    folder = _folder("fonts")
    for file in folder.iterdir() if folder is not None else ():
        if file.name.endswith((".otf", ".ttf")):
            number = QFontDatabase.addApplicationFontFromData(file.read_bytes())
            families.update(QFontDatabase.applicationFontFamilies(number))
    return frozenset(families)


def _font(family: str, px: int, weight: QFont.Weight, fallback: QFontDatabase.SystemFont) -> QFont:
    font = QFontDatabase.systemFont(fallback)
    if family in load_fonts():
        font.setFamilies([family, font.family()])
    font.setPixelSize(px)
    font.setWeight(weight)
    # Tabular figures: digits of one column stay under each other while they change.
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


@cache
def text_font(px: int = BASE_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    return _font(TEXT_FAMILY, px, weight, QFontDatabase.SystemFont.GeneralFont)


@cache
def figure_font(px: int = BASE_PX - 1, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = _font(FIGURE_FAMILY, px, weight, QFontDatabase.SystemFont.FixedFont)
    # JetBrains Mono joins "->" and its like into one sign: wrong for figures.
    font.setFeature(QFont.Tag("calt"), 0)
    return font


def application_icon() -> QIcon:
    folder = _folder("icons")
    if folder is None:
        return QIcon()
    file = folder.joinpath("scram.svg")
    # Drawn anew in every size that is asked for: sharp in a dock and on a dense screen.
    drawn = QIcon(str(file))
    if not drawn.pixmap(16, 16).isNull():
        return drawn
    picture = QPixmap()
    picture.loadFromData(file.read_bytes())
    return QIcon(picture)
