"""Everything that this application can put in front of its window, found in its source and in its widgets."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6 import QtWidgets
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QDockWidget, QMenu, QToolTip, QWidget

import app
import widgets
from app.main_window import MainWindow
from core.domain import EvidenceFormat
from widgets import nav
from widgets.close_question import CloseQuestion
from widgets.column_menu import ColumnMenu
from widgets.desk_menu import DeskMenu
from widgets.docks import Dock
from widgets.export_button import ExportDialog, ExportMenu
from widgets.journal_file import JournalFileDialog
from widgets.mute_button import MuteMenu
from widgets.page_window import PageWindow
from widgets.view_menu import ViewMenu

Open = Callable[[MainWindow], None]
IN_FRONT = (QDialog, QMenu, QDockWidget)
FOREIGN_INSIDE = (QtWidgets.QFileDialog,)
"""Dialogs whose inner parts are Qt\'s or the system\'s own."""
FLAGS = {
    "Popup", "Dialog", "Tool", "Sheet", "SplashScreen", "Window", "setWindowModality", "setModal", "setWindowFlags",
    "setWindowFlag", "exec", "ActionsContextMenu",
}  # fmt: skip
"""What makes a window of its own, or a loop within the loop."""


def _column_menu(window: MainWindow) -> None:
    window.desk.show_page(nav.SCOPES)
    window.desk.scopes.menu.popup(window.mapToGlobal(QPoint(300, 300)))


def _view_menu(window: MainWindow) -> None:
    window.desk.show_page(nav.SCOPES)
    window.desk.scopes.views.open_menu()


def _export_menu(window: MainWindow) -> None:
    window.desk.show_page(nav.PROOF)
    window.desk.proof.export.open_menu()


def _export_dialog(window: MainWindow) -> None:
    window.desk.show_page(nav.PROOF)
    window.desk.proof.export.ask(EvidenceFormat.SIGNED)


def _journal_file_dialog(window: MainWindow) -> None:
    window.desk.show_page(nav.JOURNAL)
    window.desk.journal.file.ask()


def _mute_menu(window: MainWindow) -> None:
    button = window.desk.status.mute
    button.show()
    button.click()


def _floating_panel(window: MainWindow) -> None:
    window.desk.show_page(nav.OVERVIEW)
    window.desk.overview.docks.docks[1].setFloating(True)


def _page_window(window: MainWindow) -> None:
    window.desk.show_page(nav.EVENTS)
    window.hands.own_window()


def _close_question(window: MainWindow) -> None:
    question = CloseQuestion(window)
    question.show()


def _desk_menu(window: MainWindow) -> None:
    window.desk.nav.menu_button.click()


OPENERS: dict[type[QWidget], Open] = {
    ColumnMenu: _column_menu,
    ViewMenu: _view_menu,
    MuteMenu: _mute_menu,
    ExportMenu: _export_menu,
    ExportDialog: _export_dialog,
    JournalFileDialog: _journal_file_dialog,
    Dock: _floating_panel,
    PageWindow: _page_window,
    CloseQuestion: _close_question,
    DeskMenu: _desk_menu,
}
"""How each class of this application's own that comes before the window is opened. A new one needs its line here."""


def own_classes() -> set[type[QWidget]]:
    """Dialogs, menus and further windows that are written here."""
    found: set[type[QWidget]] = set()
    for package in (app, widgets):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if info.name.endswith("__main__"):
                continue
            module = importlib.import_module(info.name)
            for _, made in inspect.getmembers(module, inspect.isclass):
                own = made.__module__ == info.name and issubclass(made, (*IN_FRONT, QtWidgets.QMainWindow))
                if own and made is not MainWindow:
                    found.add(made)
    return found


def foreign_uses() -> set[str]:
    """`module: name` of every place that takes a dialog, a menu or a window's flag of Qt's directly."""
    found: set[str] = set()
    for package in (app, widgets):
        root = Path(package.__path__[0])
        for file in sorted(root.rglob("*.py")):
            for name in _names(ast.parse(file.read_text(encoding="utf-8"))):
                made = getattr(QtWidgets, name, None)
                if name in FLAGS or (inspect.isclass(made) and issubclass(made, IN_FRONT)):
                    found.add(f"{file.relative_to(root.parent)}: {name}")
    return found


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "PySide6.QtWidgets":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute) and (node.attr[0].islower() or _is_an_enum(node.value)):
            yield node.attr


def _is_an_enum(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in {"WindowType", "ContextMenuPolicy"}


def on_screen() -> list[QWidget]:
    """Windows other than the main one."""
    return [w for w in QApplication.topLevelWidgets() if w.isVisible() and not isinstance(w, MainWindow)]


# -- what widgets open by themselves ----------------------------------------------------------------------------------


def combos(window: MainWindow) -> Iterator[tuple[str, Open]]:
    for combo in window.findChildren(QComboBox):
        yield f"the list of {combo.objectName()}", lambda _, combo=combo: _unfold(combo)


def _unfold(combo: QComboBox) -> None:
    _bring_up(combo)
    if not combo.count():
        combo.addItem("an entry")
    combo.showPopup()


def context_menus(window: MainWindow) -> Iterator[tuple[str, Open]]:
    """Of whatever may have one: what asks for one by its policy, and what Qt gives one of its own."""
    for part in window.findChildren(QWidget):
        policy = part.contextMenuPolicy()
        asks = policy in {Qt.ContextMenuPolicy.CustomContextMenu, Qt.ContextMenuPolicy.ActionsContextMenu}
        if asks or isinstance(part, QtWidgets.QLineEdit | QtWidgets.QTextEdit | QtWidgets.QPlainTextEdit):
            yield f"the menu of {part.objectName() or type(part).__name__}", lambda _, part=part: _ask_menu(part)


def _ask_menu(part: QWidget) -> None:
    _bring_up(part)
    at = QPoint(8, 8)
    QApplication.sendEvent(part, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, part.mapToGlobal(at)))


def _bring_up(part: QWidget) -> None:
    """Show it, with whatever hides it."""
    chain = [part]
    while (parent := chain[-1].parentWidget()) is not None:
        chain.append(parent)
    for inner, outer in itertools.pairwise(chain):
        if isinstance(outer, QtWidgets.QStackedWidget):
            outer.setCurrentWidget(inner)
        elif not inner.isWindow():
            inner.show()


def tip(window: MainWindow) -> None:
    QToolTip.showText(window.mapToGlobal(QPoint(200, 200)), "a word", window)


# -- what may be added one day ----------------------------------------------------------------------------------------


def dialogs() -> Iterator[tuple[str, Open]]:
    """Qt's own dialogs, modal to the window and to the application, as any that is written later will be."""
    for modality in (Qt.WindowModality.NonModal, Qt.WindowModality.WindowModal, Qt.WindowModality.ApplicationModal):
        for kind in (QDialog, QtWidgets.QMessageBox, QtWidgets.QFileDialog, QtWidgets.QInputDialog):
            yield f"{kind.__name__} {modality.name}", lambda window, k=kind, m=modality: _open_dialog(window, k, m)


def _open_dialog(window: MainWindow, kind: type[QDialog], modality: Qt.WindowModality) -> None:
    dialog = kind(window)
    if isinstance(dialog, QtWidgets.QFileDialog):
        dialog.setOption(QtWidgets.QFileDialog.Option.DontUseNativeDialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowModality(modality)
    dialog.show()
