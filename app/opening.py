"""Files and pages that the system's own programs open."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def open_file(path: str) -> None:
    """With whatever this system opens such a file with; returns at once."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))
