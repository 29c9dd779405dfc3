"""What a screen reader is told of widgets, by Qt's own accessible interfaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTableView,
    QTextEdit,
    QWidget,
)

CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QTabBar, QTextEdit,
)  # fmt: skip
ROLELESS = {QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Window}
NAME = QAccessible.Text.Name


def interface(widget: QWidget) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(widget)
    assert found is not None, widget
    return found


def controls(root: QWidget) -> Iterator[QWidget]:
    """Everything in sight that a person acts on or that takes the keyboard; not what another control is made of."""
    for part in (root, *root.findChildren(QWidget)):
        if (
            part is root
            or _is_a_viewport(part)
            or not part.isVisibleTo(root)
            or isinstance(part, QScrollBar | QHeaderView)
        ):
            continue
        takes_keys = part.focusPolicy() & Qt.FocusPolicy.TabFocus
        if (isinstance(part, CONTROLS) or takes_keys) and not _is_inside_another(part):
            yield part


def _is_inside_another(part: QWidget) -> bool:
    above = part.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, QComboBox | QAbstractSpinBox | QLineEdit | QTabBar) or (
            isinstance(above, QAbstractItemView) and not isinstance(part, QLineEdit | QAbstractItemView)
        ):
            return True
        above = above.parentWidget()
    return False


def _is_a_viewport(part: QWidget) -> bool:
    above = part.parentWidget()
    return isinstance(above, QAbstractScrollArea) and above.viewport() is part


def unnamed(root: QWidget) -> set[str]:
    """Controls that a screen reader could not say anything of."""
    told = set()
    for part in controls(root):
        name = interface(part).text(NAME).strip()
        if not name:
            told.add(f"{_place(part)} has no name")
        elif interface(part).role() in ROLELESS and not part.accessibleDescription():
            # What is drawn by hand is no button and no table: what it shows has to be said in words.
            told.add(f"{_place(part)} has neither a role nor a description")
    return told


def named_alike(root: QWidget) -> set[str]:
    """Roles and names that several controls in sight share: nobody who hears them can tell which is which."""
    seen = Counter((interface(part).role(), interface(part).text(NAME).strip()) for part in controls(root))
    return {f"{number} x {role.name} {name!r}" for (role, name), number in seen.items() if number > 1}


def mute_cells(root: QWidget) -> set[str]:
    """Cells and headers of tables in sight that show something and are not read aloud."""
    told = set()
    for view in root.findChildren(QTableView):
        model = view.model()
        if not view.isVisible() or model is None or not model.rowCount():
            continue
        columns = model.columnCount()
        heads, cells = _children(view, 0, columns), _children(view, 1, columns)
        for column in range(columns):
            shown = str(model.index(0, column).data() or "")
            if shown.strip() and not cells[column]:
                told.add(f"{_place(view)}: column {column} shows {shown!r}")
            head = str(model.headerData(column, Qt.Orientation.Horizontal) or "")
            if head.strip() and not heads[column]:
                told.add(f"{_place(view)}: the header {head!r}")
    return told


def _children(view: QTableView, line: int, columns: int) -> list[str]:
    """Names of the headers (line 0) or of the cells of the first row; each line begins with a corner or row header."""
    whole = interface(view)
    first = line * (columns + 1) + 1
    return [whole.child(first + column).text(NAME).strip() for column in range(columns)]


def _place(part: QWidget) -> str:
    names = [type(part).__name__, part.objectName() or "?"]
    above = part.parentWidget()
    while above is not None and len(names) < 5:
        if above.objectName():
            names.append(f"in {above.objectName()}")
        above = above.parentWidget()
    return " ".join(names)
