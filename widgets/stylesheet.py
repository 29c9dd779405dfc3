"""The one small style sheet: frames, spacing and focus; everything else is palette."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from widgets.theme import Theme

_SHEET = """
QFrame[role="panel"] {{ background: {panel}; border: 1px solid {line}; border-radius: 6px; }}
QFrame[role="card"] {{ background: {raised}; border: 1px solid {line}; border-radius: 5px; }}
QToolTip {{ background: {raised}; color: {strong}; border: 1px solid {line}; padding: 4px; }}
QTableView {{ background: {panel}; border: 1px solid transparent; selection-background-color: {selection};
  selection-color: {strong}; outline: 0; }}
QTableView:focus {{ border: {focus_px}px solid {accent}; }}
QTableView[role="frozen"] {{ border: 0; border-right: 1px solid {line}; }}
QListView {{ background: {panel}; border: 1px solid transparent; selection-background-color: {selection};
  selection-color: {strong}; outline: 0; }}
QListView:focus {{ border: {focus_px}px solid {accent}; }}
QListView::item {{ padding: 2px 4px; }}
QListView[role="offers"] {{ background: {raised}; border: 1px solid {line}; }}
QProgressBar {{ background: {track}; border: 0; border-radius: 4px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 4px; }}
QListView::indicator {{ width: 11px; height: 11px; border: 1px solid {faint}; border-radius: 2px; }}
QListView::indicator:checked {{ background: {accent}; border-color: {accent}; }}
QListView::indicator:indeterminate {{ background: {track}; border-color: {accent}; }}
QListView::item:selected {{ background: {selection}; }}
QTableView::item {{ padding: 0 6px; }}
QTableCornerButton::section, QHeaderView {{ background: {panel}; border: 0; }}
QHeaderView::section {{ background: {panel}; color: {faint}; border: 0; border-bottom: 1px solid {line};
  padding: 3px 9px; font-size: 11px; font-weight: 600; }}
QScrollArea {{ background: transparent; border: 0; }}
QScrollArea > QWidget > QWidget#guidance_text {{ background: transparent; }}
QCheckBox::indicator {{ width: 12px; height: 12px; border: 1px solid {faint}; border-radius: 2px;
  background: {ground}; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; }}
QCheckBox::indicator:focus {{ border-color: {accent}; }}
QCheckBox:focus {{ color: {strong}; }}
QCheckBox:disabled {{ color: {faint}; }}
QRadioButton::indicator {{ width: 12px; height: 12px; border: 1px solid {faint}; border-radius: 7px;
  background: {ground}; }}
QRadioButton::indicator:checked {{ background: {accent}; border-color: {accent}; }}
QRadioButton::indicator:focus {{ border: 2px solid {strong}; border-radius: 8px; }}
QPushButton, QToolButton {{ background: {raised}; color: {strong}; border: 1px solid {line}; border-radius: 4px;
  padding: 4px 11px; }}
QPushButton:hover, QToolButton:hover {{ border-color: {faint}; }}
QPushButton:pressed, QToolButton:pressed, QToolButton:checked {{ background: {selection}; }}
QPushButton:focus, QToolButton:focus {{ border: {focus_px}px solid {accent}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {faint}; background: {panel}; }}
QLabel[role="warning"] {{ color: {high}; font-weight: 600; }}
QPushButton[role="primary"] {{ border-color: {ok}; color: {ok}; font-weight: 600; }}
QPushButton[role="stop"] {{ background: {stop_face}; color: {stop_word}; border: 2px solid {stop_frame};
  font-weight: 700; padding: 6px 11px; }}
QPushButton[role="stop"]:pressed {{ background: {stop_down}; }}
QPushButton[role="stop"]:focus {{ border: 2px solid {strong}; }}
QPushButton[role="stop"]:disabled {{ background: {panel}; color: {faint}; border: 1px solid {line}; }}
QPushButton[role="primary"]:disabled {{ border-color: {line}; color: {faint}; }}
QToolButton[role="flat"] {{ background: transparent; border-color: transparent; color: {faint}; padding: 1px 6px; }}
QToolButton[role="flat"]:checked {{ color: {strong}; background: {raised}; }}
QToolButton[role="flat"]:focus {{ border-color: {accent}; }}
QPlainTextEdit {{ background: {ground}; color: {strong}; border: 1px solid {line}; border-radius: 4px;
  placeholder-text-color: {faint};
  selection-background-color: {selection}; selection-color: {strong}; }}
QPlainTextEdit:focus {{ border: {focus_px}px solid {accent}; }}
QLineEdit, QComboBox, QAbstractSpinBox {{ background: {ground}; color: {strong}; border: 1px solid {line};
  border-radius: 4px; padding: 3px 7px; placeholder-text-color: {faint}; }}
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled, QPlainTextEdit:disabled {{ color: {faint};
  background: {panel}; }}
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {{ border: {focus_px}px solid {accent}; }}
QMenu {{ background: {raised}; color: {strong}; border: 1px solid {line}; }}
QMenu::item:selected {{ background: {selection}; }}
QMenu::item:disabled {{ color: {faint}; }}
QSplitter::handle {{ background: transparent; }}
QMainWindow::separator {{ background: transparent; width: 8px; height: 8px; }}
QMainWindow::separator:hover {{ background: {line}; }}
QDockWidget {{ color: {faint}; font-size: 11px; }}
QDockWidget::title {{ background: {raised}; border: 1px solid {line}; border-radius: 4px; padding: 3px 8px; }}
QTabBar::tab {{ background: {ground}; color: {faint}; border: 1px solid {line}; padding: 3px 11px; }}
QTabBar::tab:selected {{ background: {raised}; color: {strong}; }}
QTabBar::tab:focus {{ border-color: {accent}; }}
QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
QScrollBar {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ width: 9px; }}
QScrollBar:horizontal {{ height: 9px; }}
QScrollBar::handle {{ background: {track}; border-radius: 4px; min-height: 24px; min-width: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""

_DRAWN = """
QComboBox::drop-down {{ subcontrol-origin: padding; subcontrol-position: center right; width: 18px; border: 0; }}
QComboBox::down-arrow {{ image: url("{down}"); width: 10px; height: 10px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
  subcontrol-origin: border; width: 18px; border: 0; }}
QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
QAbstractSpinBox::up-arrow {{ image: url("{up}"); width: 8px; height: 8px; }}
QAbstractSpinBox::down-arrow {{ image: url("{down}"); width: 8px; height: 8px; }}
QCheckBox::indicator:checked, QListView::indicator:checked, QMenu::indicator:checked {{ image: url("{tick}"); }}
QListView::indicator:indeterminate {{ image: url("{dash}"); }}
"""

PICTURES = ("down", "up", "tick", "dash")
"""Files of resources/icons, each in light ink for dark themes and the other way round."""
FIELDS = (
    "panel", "ground", "raised", "line", "selection", "strong", "faint", "accent", "track", "ok", "high", "focus_px",
    "stop_face", "stop_word", "stop_frame", "stop_down",
)  # fmt: skip


def sheet(theme: Theme) -> str:
    """Pictures in a style sheet are files: where none came along the parts that need them are drawn without."""
    ink = "light" if theme.dark else "dark"
    pictures = {name: _file(f"{name}-{ink}.svg") for name in PICTURES}
    drawn = _SHEET + (_DRAWN if all(pictures.values()) else "")
    return drawn.format_map({**{field: getattr(theme, field) for field in FIELDS}, **pictures})


def _file(name: str) -> str:
    try:
        path = Path(str(resources.files("resources").joinpath("icons").joinpath(name)))
    except ModuleNotFoundError:
        return ""
    return path.as_posix() if path.is_file() else ""
