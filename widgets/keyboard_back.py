"""Where the keyboard goes when what had it goes away."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def give_back(to: QWidget | None, over: QWidget) -> None:
    """To `to` where it can take it, else to nothing in `over`: before its holder hides. Qt would hand it to whatever
    comes next by the Tab key, and that may be the stop, where a space bar fires it."""
    if to is not None and to.isVisible() and to.isEnabled():
        to.setFocus()
    else:
        over.setFocus()
