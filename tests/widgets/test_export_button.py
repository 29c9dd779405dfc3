"""The evidence of a stop leaves the desk by a menu and a dialog that hold nothing up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.domain import EvidenceFormat
from widgets.export_button import FORMS, ExportButton


@pytest.fixture(autouse=True)
def dialogs_of_qt(qapp: QApplication) -> Iterator[None]:
    """What the system's own would look like cannot be tried out without a screen."""
    qapp.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, True)
    yield
    qapp.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, False)


@pytest.fixture
def button(qtbot: QtBot, tmp_path: Path) -> Iterator[ExportButton]:
    window = QWidget()
    qtbot.addWidget(window)
    made = ExportButton(window)
    QVBoxLayout(window).addWidget(made)
    window.show()
    made.folder = str(tmp_path)
    made.show_stop("h-1")
    yield made
    window.close()


def ask(button: ExportButton, form: EvidenceFormat) -> QFileDialog:
    button.menu_of_forms.actions()[list(FORMS).index(form)].trigger()
    assert button.dialog is not None
    return button.dialog


@pytest.mark.parametrize(("form", "name"), [("signed", "h-1.json"), ("json", "h-1.json"), ("csv", "h-1.csv")])
def test_a_form_and_a_file_are_asked_for(
    qtbot: QtBot, button: ExportButton, tmp_path: Path, form: str, name: str
) -> None:
    asked: list[tuple[str, object, str]] = []
    button.export_requested.connect(lambda *what: asked.append(what))
    dialog = ask(button, EvidenceFormat(form))
    assert dialog.directory().absolutePath() == str(tmp_path)
    assert [Path(file).name for file in dialog.selectedFiles()] == [name]
    dialog.accept()
    assert asked == [("h-1", EvidenceFormat(form), str(tmp_path / name))]
    assert button.dialog is None


def test_the_window_behind_the_dialog_stays_usable(qtbot: QtBot, button: ExportButton) -> None:
    dialog = ask(button, EvidenceFormat.CSV)
    assert dialog.isVisible()
    assert not dialog.isModal()
    clicked: list[bool] = []
    button.clicked.disconnect()
    button.clicked.connect(lambda: clicked.append(True))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert clicked == [True]
    dialog.reject()
    assert button.dialog is None


def test_the_folder_is_remembered_and_a_stop_that_went_meanwhile_is_still_meant(
    qtbot: QtBot, button: ExportButton, tmp_path: Path
) -> None:
    asked: list[tuple[str, object, str]] = []
    button.export_requested.connect(lambda *what: asked.append(what))
    (tmp_path / "papers").mkdir()
    dialog = ask(button, EvidenceFormat.JSON)
    button.show_stop("h-2")
    edit = dialog.findChild(QLineEdit)
    assert isinstance(edit, QLineEdit)
    edit.setText(str(tmp_path / "papers" / "mine"))
    dialog.accept()
    assert asked == [("h-1", EvidenceFormat.JSON, str(tmp_path / "papers" / "mine.json"))]
    assert button.folder == str(tmp_path / "papers")


@pytest.mark.qt_log_ignore("does not support", extend=True)
def test_there_is_nothing_to_export_without_a_stop_and_the_menu_opens_without_a_loop(
    qtbot: QtBot, button: ExportButton
) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.menu_of_forms.isVisible()
    button.menu_of_forms.close()
    button.show_stop("")
    assert not button.isEnabled()
