from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.app import pictures
from widgets import nav


def test_every_page_is_drawn_in_the_size_and_theme_that_its_name_says(tmp_path: Path, qapp: QApplication) -> None:
    drawn = {file.name for file in pictures.draw(qapp, tmp_path, [("light", (1280, 800), 3)])}
    assert {path.name for path in tmp_path.iterdir()} == drawn
    for name in nav.PAGES:
        assert any(file.startswith(pictures._plain(name)) for file in drawn), name
    assert {"stopped-3-light-1280.png", "scope-positions-3-light-1280.png"} <= drawn
    image = QImage(str(tmp_path / "overview-underlying-3-light-1280.png"))
    assert (image.width(), image.height()) == (1280, 800)
    assert image.pixelColor(2, 300).lightness() > 200


def test_the_sets_cover_both_sizes_both_themes_few_and_many_accounts_and_high_contrast() -> None:
    assert len(pictures.SETS) == 9
    assert {theme for theme, _, _ in pictures.SETS} == {"dark", "light", "contrast-dark"}
