"""Which venue the account is at, and for those who know what they do, which server."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFormLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QToolButton,
    QWidget,
)

from core.joining.model import COVERAGE_NOTES, VenueNeeds, VenueOffer
from widgets.wizard.page import WizardPage, words
from widgets.wizard.venue_model import VENUE, VenueModel


class VenuePage(WizardPage):
    venue_chosen = Signal(str)
    """Its ccxt id: what it needs is asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("venue", "Venue", "Where is the account?", parent)
        self.exchange = ""
        self._needs: VenueNeeds | None = None
        self._trouble = ""
        self.search = QLineEdit(self)
        self.search.setObjectName("wizard_venue_search")
        self.search.setAccessibleName("Find a venue")
        self.search.setPlaceholderText("Find a venue: binance, okx, confirmed …")
        self.search.setClearButtonEnabled(True)
        self.model = VenueModel()
        self.table = QTableView(self)
        self.note = words("", self, "wizard_venue_note")
        self.fold = QToolButton(self)
        self.server = QLineEdit(self)
        self.test_network = QCheckBox("the venue's test network", self)
        self.expert = QWidget(self)
        self._dress()
        self._lay_out()
        self.search.textChanged.connect(self._look_for)
        self.table.selectionModel().currentChanged.connect(self._choose)
        self.server.textChanged.connect(self.changed)
        self.test_network.toggled.connect(self.changed)
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), self.search)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self._to_the_list)

    def _dress(self) -> None:
        table = self.table
        table.setObjectName("wizard_venues")
        table.setAccessibleName("Venues")
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(24)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.fold.setObjectName("wizard_expert")
        self.fold.setText("▸ Another server")
        self.fold.setAccessibleName("Another server: a paper exchange, a gateway of your own, a test network")
        self.fold.setCheckable(True)
        self.fold.setProperty("role", "flat")
        self.fold.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.fold.toggled.connect(self._unfold)
        self.server.setObjectName("wizard_server")
        self.server.setAccessibleName("Address of the server")
        self.server.setPlaceholderText("empty: the venue itself; else http://127.0.0.1:8080")
        self.test_network.setObjectName("wizard_test_network")
        self.test_network.setAccessibleName("Connect to the venue's test network")

    def _lay_out(self) -> None:
        form = QFormLayout(self.expert)
        form.setContentsMargins(12, 0, 0, 0)
        label = words("Server", self.expert)
        label.setBuddy(self.server)
        form.addRow(label, self.server)
        form.addRow(words("", self.expert), self.test_network)
        self.expert.hide()
        for part in (self.search, self.table, self.note, self.fold, self.expert):
            self.body.addWidget(part, 1 if part is self.table else 0)

    # -- what is told ---------------------------------------------------------------------------------------------

    def show_offers(self, offers: tuple[VenueOffer, ...]) -> None:
        self.model.show_offers(offers)

    def show_needs(self, needs: VenueNeeds) -> None:
        if needs.exchange == self.exchange:
            self._needs, self._trouble = needs, needs.refusal
            self.test_network.setEnabled(needs.has_test_network)
            self.changed.emit()

    def show_trouble(self, text: str) -> None:
        self._trouble = text
        self.changed.emit()

    @property
    def wants_test_network(self) -> bool:
        return self.test_network.isChecked() and self.test_network.isEnabled()

    def missing(self) -> str:
        if not self.exchange:
            return "choose a venue"
        if self._trouble:
            return self._trouble
        return "" if self._needs is not None else f"looking up what {self.exchange} needs"

    def first(self) -> QWidget:
        return self.search

    # -- inside ---------------------------------------------------------------------------------------------------

    def _look_for(self, text: str) -> None:
        chosen = self.exchange
        self.model.look_for(text)
        row = self.model.row_of(chosen)
        if row >= 0:  # what was chosen stays so, wherever it stands now
            self.table.setCurrentIndex(self.model.index(row, VENUE))

    def _to_the_list(self) -> None:
        self.table.setFocus()
        if not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.model.index(0, VENUE))

    def _choose(self, now: QModelIndex, _before: QModelIndex) -> None:
        offer = self.model.offer(now.row()) if now.isValid() else None
        if offer is None or offer.exchange == self.exchange:
            return
        self.exchange, self._needs, self._trouble = offer.exchange, None, ""
        self.note.setText(COVERAGE_NOTES[offer.coverage])
        self.changed.emit()
        self.venue_chosen.emit(offer.exchange)

    def _unfold(self, open_now: bool) -> None:
        self.fold.setText("▾ Another server" if open_now else "▸ Another server")
        self.expert.setVisible(open_now)
