"""Which release this is, what it is built on, and under which licences."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt, Signal, qVersion
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from core.release import product_version
from core.snapshot import Snapshot
from widgets.fonts import text_font
from widgets.help_entries import QT_NOTICE
from widgets.panel import Panel


class AboutPanel(Panel):
    licences_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("about_panel", "About", parent)
        self.text = QLabel("\n".join((*about_lines(), QT_NOTICE)), self)
        self.text.setObjectName("about_text")
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setFont(text_font(12))
        self.licences = QPushButton("Licences", self)
        self.licences.setObjectName("licences")
        self.licences.setAccessibleName("Licences")
        self.licences.setToolTip("Licences and notices of everything that came along")
        self.licences.clicked.connect(self.licences_requested)
        bar = QHBoxLayout()
        bar.addWidget(self.licences)
        bar.addStretch(1)
        self.body.addWidget(self.text)
        self.body.addStretch(1)
        self.body.addLayout(bar)

    def draw(self, snapshot: Snapshot) -> None:
        """Nothing of it changes while the desk runs."""


def about_lines() -> tuple[str, ...]:
    python = ".".join(map(str, sys.version_info[:3]))
    return (f"Scram {product_version()}", f"Python {python} · Qt {qVersion()}")
