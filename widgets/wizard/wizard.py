"""The pages in their order, what leads from one to the next, and what a person wants of the outside.

Going back loses nothing, leaving writes nothing. It lies over the desk below its header: the stop stays in sight, and
is the last place of the Tab key.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from core.halt.drill.report import DrillReport
from core.joining.model import Choices, Draft, Findings, KeyPlaces, TrialStep, VenueNeeds, VenueOffer
from widgets.cover import Cover
from widgets.fonts import text_font
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.theme import Tone
from widgets.wizard.choice_pages import LimitsPage, ModePage
from widgets.wizard.keys_page import KeysPage
from widgets.wizard.last_pages import DrillPage, FinishPage
from widgets.wizard.page import WIDEST_PX, WizardPage, button
from widgets.wizard.trial_page import TrialPage
from widgets.wizard.venue_page import VenuePage
from widgets.wizard.welcome import WelcomePage

TALLEST_PX = 720
WELCOME, VENUE, KEYS, TRIAL, MODE, LIMITS, DRILL, FINISH = range(8)


class Wizard(Cover):
    demo_requested = Signal()
    needs_requested = Signal(str)
    """The ccxt id of a venue."""
    trial_requested = Signal(object)
    """A Draft."""
    trial_cancelled = Signal()
    drill_requested = Signal(object)
    drill_cancelled = Signal()
    finish_requested = Signal(object, object, object)
    """A Draft, the Choices, and the DrillReport or None."""
    left = Signal()
    """Somebody shut it before the end."""

    def __init__(self, desk: QWidget, above: QWidget, stop: QWidget) -> None:
        super().__init__("wizard", "First run", desk, above, stop)
        self._places = KeyPlaces()
        self._config = ""
        self._may_leave = True
        self.welcome, self.venue, self.keys = WelcomePage(self), VenuePage(self), KeysPage(self)
        self.trial, self.mode, self.limits = TrialPage(self), ModePage(self), LimitsPage(self)
        self.drill, self.finish = DrillPage(self), FinishPage(self)
        self.pages: tuple[WizardPage, ...] = (
            self.welcome, self.venue, self.keys, self.trial, self.mode, self.limits, self.drill, self.finish,
        )  # fmt: skip
        self.stack = QStackedWidget(self)
        self.steps = [Line(page.step, Tone.FAINT, font=text_font(13)) for page in self.pages]
        self.lacks = Line("", Tone.FAINT, font=text_font(12), align=RIGHT_MIDDLE, elide=RIGHT)
        self.lacks.setObjectName("wizard_lacks")
        self.back = button("wizard_back", "Back", self)
        self.next = button("wizard_next", "Next", self, role="primary")
        self.leave = button("wizard_leave", "Leave", self)
        self._lay_out()
        self._wire()
        self.turn_to(WELCOME)

    def _lay_out(self) -> None:
        side = QFrame(self)
        side.setFixedWidth(150)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(10)
        for line in self.steps:
            column.addWidget(line)
        column.addStretch(1)
        for page in self.pages:
            self.stack.addWidget(_scrolled(page))
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.leave)
        foot.addWidget(self.lacks, 1)
        foot.addWidget(self.back)
        foot.addWidget(self.next)
        content = QWidget(self)
        content.setMaximumWidth(WIDEST_PX + 20)
        right = QVBoxLayout(content)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(12)
        right.addWidget(self.stack, 1)
        right.addLayout(foot)
        block = QWidget(self)
        block.setMaximumSize(WIDEST_PX + 190, TALLEST_PX)
        row = QHBoxLayout(block)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        row.addWidget(side)
        row.addWidget(content, 1)
        # In the middle of a wide window, at the top of a tall one: the eye comes from the header.
        middle = QVBoxLayout()
        middle.addWidget(block, 1_000)
        middle.addStretch(1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(32, 20, 32, 18)
        whole.addStretch(1)
        whole.addLayout(middle, 1_000)
        whole.addStretch(1)

    def _wire(self) -> None:
        for page in self.pages:
            page.changed.connect(self._look)
        self.welcome.demo_requested.connect(self.demo_requested)
        self.welcome.connect_requested.connect(self._to_venues)
        self.venue.venue_chosen.connect(self.needs_requested)
        self.venue.table.activated.connect(self.go_on)
        self.trial.trial_requested.connect(self._try)
        self.trial.trial_cancelled.connect(self.trial_cancelled)
        self.drill.drill_requested.connect(self._drill)
        self.drill.drill_cancelled.connect(self.drill_cancelled)
        self.back.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        self.leave.clicked.connect(self._leave)
        for key, act in ((Qt.Key.Key_Escape, self._leave), ("Alt+Left", self.go_back), ("Alt+Right", self.go_on)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return goes on, from wherever it means nothing else."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.go_on()
            return
        super().keyPressEvent(event)

    # -- the way through it ---------------------------------------------------------------------------------------

    @property
    def place(self) -> int:
        return self.stack.currentIndex()

    def begin(self, *, first_run: bool) -> None:
        """`first_run`: there is no desk to go back to, and the demo is offered."""
        self._may_leave = not first_run
        self.leave.setText("Leave" if self._may_leave else "Quit")
        self.steps[WELCOME].setVisible(first_run)
        self.open()
        self.turn_to(WELCOME if first_run else VENUE)

    def turn_to(self, place: int) -> None:
        page = self.pages[place]
        self._hand_over(place)
        self.stack.setCurrentIndex(place)
        page.turned_to()
        self._look()
        first = page.first() or self.next
        if self.isVisible():
            first.setFocus()

    def go_on(self) -> None:
        if self.pages[self.place].missing() or self.place == WELCOME:
            return
        if self.place == FINISH:
            self.finish.begin()
            self.finish_requested.emit(self.draft(), self.choices(), self.drill.report)
        else:
            self.turn_to(self.place + 1)

    def go_back(self) -> None:
        least = VENUE if self._may_leave else WELCOME
        if self.place > least and not self.finish.missing():
            self.trial_cancelled.emit()
            self.drill_cancelled.emit()
            self.turn_to(self.place - 1)

    def forget(self) -> None:
        """Nothing that was typed in stays on the screen or in memory of ours."""
        for page in self.pages:
            page.clear_secrets()
        self.drill.show_draft(None)

    def draft(self) -> Draft:
        return Draft(
            self.keys.account.text().strip(), self.venue.exchange, self.keys.credentials(),
            self.venue.server.text().strip(), self.venue.wants_test_network,
        )  # fmt: skip

    def choices(self) -> Choices:
        return Choices(self.mode.mode, self.limits.template, self.keys.storage, self.keys.secret_of_file)

    # -- what is told ---------------------------------------------------------------------------------------------

    def show_notice(self, text: str) -> None:
        """Until something else is to be said."""
        self.lacks.say(text, Tone.HIGH)
        self.lacks.setAccessibleName(text)

    def show_offers(self, offers: tuple[VenueOffer, ...]) -> None:
        self.venue.show_offers(offers)

    def show_surroundings(self, places: KeyPlaces, taken: frozenset[str], config: str) -> None:
        self._places, self._config = places, config
        self.keys.show_taken(taken)
        self.keys.show_places(places)

    def show_needs(self, needs: VenueNeeds) -> None:
        self.venue.show_needs(needs)
        if needs.exchange == self.venue.exchange and not needs.refusal:
            self.keys.show_needs(needs)

    def show_step(self, step: TrialStep) -> None:
        self.trial.show_step(step)

    def show_found(self, found: Findings | None, refused: str = "") -> None:
        self.trial.show_found(found, refused)
        self.mode.show_found(found)
        self.limits.show_found(found)

    def show_drill(self, report: DrillReport | None, refused: str = "") -> None:
        self.drill.show_report(report, refused)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _to_venues(self) -> None:
        self.turn_to(VENUE)

    def _hand_over(self, place: int) -> None:
        if place in {TRIAL, DRILL}:
            draft = self.draft()
            self.trial.show_draft(draft)
            self.drill.show_draft(draft)
        if place == FINISH:
            self.finish.show_plan(self.draft(), self.choices(), self._places, self._config, self.drill.report)

    def _try(self) -> None:
        self.trial.begin()
        self.trial_requested.emit(self.draft())

    def _drill(self) -> None:
        self.drill.begin()
        self.drill_requested.emit(self.draft())

    def _leave(self) -> None:
        if self.place == FINISH and self.finish.missing():
            return  # half of it may be written
        self.trial_cancelled.emit()
        self.drill_cancelled.emit()
        self.left.emit()

    def _look(self) -> None:
        """What may be done now, and why not more."""
        place = self.place
        lacks = self.pages[place].missing()
        self.next.setVisible(place != WELCOME)
        self.back.setVisible(place > (VENUE if self._may_leave else WELCOME))
        self.next.setText("Join" if place == FINISH else "Next")
        self.next.setAccessibleName("Join: write it and open the desk" if place == FINISH else "Next page")
        # Not disabled: whoever has the keyboard on it keeps it, and is told what is missing.
        self.next.setProperty("role", "" if lacks else "primary")
        self.next.style().polish(self.next)
        self.next.setAccessibleDescription(lacks)
        self.lacks.say(lacks if place != WELCOME else "", Tone.FAINT)
        for number, line in enumerate(self.steps):
            mark = "✓ " if number < place else "▸ " if number == place else "   "
            line.say(f"{mark}{self.pages[number].step}", Tone.STRONG if number == place else Tone.FAINT)


def _scrolled(page: WizardPage) -> QScrollArea:
    area = QScrollArea()
    area.setObjectName(f"{page.objectName()}_area")
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setMaximumWidth(WIDEST_PX + 20)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    return area
