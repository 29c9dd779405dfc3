"""Are we safe: one line of figures with their limits, and the stop, apart."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.halt.model import over_the_portfolio
from core.snapshot import Snapshot
from widgets import figures, reading
from widgets.bar import HeadroomBar
from widgets.fonts import figure_font, text_font
from widgets.line import RIGHT, Line
from widgets.link_counts import link_counts
from widgets.panel import SnapshotWidget
from widgets.readiness_page import headline_tone
from widgets.reading import Reading, portfolio_reading
from widgets.stop_button import StopButton
from widgets.theme import Tone


class HeaderFigure(QWidget):
    """A caption, one large figure, what belongs to it, and how much of its limit is used."""

    def __init__(self, name: str, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.caption = Line(caption, Tone.FAINT, font=text_font(12))
        self.value = Line(figures.UNKNOWN, Tone.UNKNOWN, font=figure_font(19, QFont.Weight.Bold), elide=RIGHT)
        self.side = Line("", Tone.FAINT, font=text_font(12), elide=RIGHT)
        self.bar = HeadroomBar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for part in (self.caption, self.value, self.side, self.bar):
            column.addWidget(part)

    def show_text(self, value: str, tone: Tone, side: str) -> None:
        self.value.say(value, tone)
        self.side.say(side)
        self.setAccessibleName(f"{self.caption.text()} {value} {side}")

    def show_reading(self, found: Reading | None, base: str, side: str = "") -> None:
        if found is None:
            self.show_text(figures.UNKNOWN, Tone.UNKNOWN, "not measured")
            self.bar.show_used(math.nan, Tone.FAINT)
            return
        limit = found.limit_text(base)
        parts = [part for part in (side, f"limit {limit}" if limit else "") if part]
        tone = found.tone
        self.show_text(found.text(base), tone, " · ".join(parts))
        self.bar.show_used(found.used, Tone.LOW if tone is Tone.STRONG else tone)


class Header(SnapshotWidget):
    fired = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("header", "State of the whole book", parent)
        self.stop = StopButton(self)
        self.stop.fired.connect(self.fired)
        self.title = Line("SCRAM", Tone.STRONG, font=text_font(19, QFont.Weight.Bold))
        self.state = Line("not connected", Tone.UNKNOWN, font=text_font(13, QFont.Weight.DemiBold))
        self.proven = Line("", Tone.FAINT, font=text_font(12))
        self.more = Line("", Tone.FAINT, font=text_font(12))
        self.equity = HeaderFigure("equity", "Equity")
        self.drawdown = HeaderFigure("drawdown", "Drawdown")
        self.gross = HeaderFigure("gross", "Gross / net")
        self.margin = HeaderFigure("margin", "Margin use")
        self.venues = HeaderFigure("venues", "Venues up")
        self.age = HeaderFigure("age", "Oldest figure")
        self._lay_out()

    def _lay_out(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(2)
        for line in (self.title, self.state, self.proven, self.more):
            names.addWidget(line)
        names.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 6)
        row.setSpacing(20)
        row.addLayout(names, 19)
        for part, share in zip(self.figures, (10, 9, 12, 9, 9, 9), strict=True):
            row.addWidget(part, share)
        row.addSpacing(8)
        row.addWidget(self.stop)

    @property
    def figures(self) -> tuple[HeaderFigure, ...]:
        return (self.equity, self.drawdown, self.gross, self.margin, self.venues, self.age)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        self.stop.show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        base, matrix = snapshot.base_currency, snapshot.matrix
        self._draw_state(snapshot)
        self.equity.show_reading(portfolio_reading(matrix, reading.EQUITY), base, self._day_change(snapshot))
        self.drawdown.show_reading(portfolio_reading(matrix, reading.DRAWDOWN), base)
        net, leverage = portfolio_reading(matrix, reading.NET), portfolio_reading(matrix, reading.LEVERAGE)
        side = [leverage.text(base)] if leverage else []
        side += [f"net {figures.money(net.value, base, plus=True)}"] if net else []
        self.gross.show_reading(portfolio_reading(matrix, reading.GROSS), base, " · ".join(side))
        self.margin.show_reading(portfolio_reading(matrix, reading.MARGIN), base)
        self._draw_venues(snapshot)
        self._draw_age(snapshot)

    @staticmethod
    def _day_change(snapshot: Snapshot) -> str:
        found = portfolio_reading(snapshot.matrix, reading.DAY_LOSS)
        return f"{figures.percent(-found.value, plus=True)} today" if found is not None else ""

    def _draw_state(self, snapshot: Snapshot) -> None:
        outlook = snapshot.outlook
        whole = over_the_portfolio(snapshot.halts)
        if whole is not None:
            self.state.say(f"■ {whole.word}  {figures.clock(whole.fired_at_s)}", Tone.CRITICAL)
        elif snapshot.halts:
            self.state.say(f"■ STOPPED IN PART  {figures.count(len(snapshot.halts), 'scope')}", Tone.CRITICAL)
        elif not outlook.accounts:
            self.state.say("◆ NO ACCOUNTS", Tone.UNKNOWN)
        elif snapshot.readiness is not None and snapshot.readiness.headline.able:
            head = snapshot.readiness.headline
            tone = headline_tone(head)
            self.state.say(f"{'●' if tone is Tone.OK else '▲'} {head.stops}", tone)
        elif outlook.able == outlook.accounts:
            self.state.say("● ARMED", Tone.OK)
        else:
            self.state.say(
                f"▲ ARMED for {figures.number(outlook.able)} of {figures.number(outlook.accounts)}", Tone.HIGH
            )
        self.proven.say(snapshot.readiness.headline.proven if snapshot.readiness is not None else "")
        self.proven.setVisible(bool(self.proven.text()))
        self.more.say(f"operator {snapshot.operator or 'not named'}")

    def _draw_venues(self, snapshot: Snapshot) -> None:
        # A venue is up while any account reaches it; accounts that do not are counted beside it.
        links = link_counts(snapshot.connections)
        whole = links.up == links.accounts
        side = (
            figures.count(links.accounts, "account")
            if whole
            else f"{figures.number(links.up)} / {figures.number(links.accounts)} accounts"
        )
        tone = Tone.UNKNOWN if not links.venues else Tone.STRONG if links.venues_up == links.venues else Tone.CRITICAL
        text = f"{links.venues_up} / {links.venues}" if links.venues else figures.UNKNOWN
        self.venues.show_text(text, tone, side)
        self.venues.side.say(side, Tone.FAINT if whole else Tone.CRITICAL)
        share = links.venues_up / links.venues if links.venues else math.nan
        self.venues.bar.show_used(share, Tone.OK if tone is Tone.STRONG else tone)

    def _draw_age(self, snapshot: Snapshot) -> None:
        found = portfolio_reading(snapshot.matrix, reading.AGE)
        if found is not None:
            self.age.show_reading(found, snapshot.base_currency)
            return
        worst = link_counts(snapshot.connections).oldest_s
        tone = Tone.STRONG if math.isfinite(worst) else Tone.UNKNOWN
        self.age.show_text(figures.seconds(worst), tone, "")
