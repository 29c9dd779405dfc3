"""How the account joins: what Scram may do in it, and which limits it gets."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QButtonGroup, QWidget

from core.domain import AccountMode
from core.joining.model import NO_TEMPLATE, Effect, Findings
from widgets.wizard.page import Choice, WizardPage, words

WATCH = (
    "Recommended to begin with. Scram reads, computes, warns and proposes, and changes nothing here. The emergency "
    'stop may always act, where the key can. Arm it later by mode = "act" in the configuration.'
)
ACT = (
    "Mitigations may reduce positions here, as the policies of your limits say; until [mitigation] automatic is set, "
    "each still waits for an approval."
)
MEANINGS: Mapping[str, tuple[str, str]] = {
    "conservative": (
        "Conservative",
        "For capital that must not be lost: small falls are told early, and exposure stays well below equity.",
    ),
    "market-neutral": (
        "Market-neutral",
        "For long and short books that cancel out: much gross exposure is fine, what does not cancel is told.",
    ),
    "directional": (
        "Directional",
        "For books that take a view: net exposure is the trade, and what is bounded is how much may be lost by it.",
    ),
}
NONE = "Everything is measured and nothing is judged. Limits can be given at any time, on the page Limits."
CAN_BE_CHANGED = (
    "A template sets limits on drawdown, daily loss, leverage, exposure, concentration, margin and the age of figures. "
    "Each can be changed later. None fires a stop by itself."
)


class ModePage(WizardPage):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("mode", "Mode", "What may Scram do in this account?", parent)
        self.watch = Choice("wizard_watch", "Watch only", WATCH, self)
        self.act = Choice("wizard_act", "Watch, and act by the limits", ACT, self)
        self.note = words("", self, "wizard_mode_note", role="warning")
        self.group = QButtonGroup(self)
        for choice in (self.watch, self.act):
            self.group.addButton(choice.radio)
            self.body.addWidget(choice)
        self.watch.radio.setChecked(True)
        self.body.addWidget(self.note)
        self.body.addStretch(1)

    @property
    def mode(self) -> AccountMode:
        return AccountMode.ACT if self.act.radio.isChecked() else AccountMode.WATCH

    def show_found(self, found: Findings | None) -> None:
        cannot = found is not None and found.rights.may_cancel is False
        self.act.radio.setEnabled(not cannot)
        if cannot:
            self.watch.radio.setChecked(True)
        self.note.setText("This key may not trade: Scram can watch the account and cannot stop it." if cannot else "")

    def first(self) -> QWidget:
        return self.watch.radio if self.watch.radio.isChecked() else self.act.radio


class LimitsPage(WizardPage):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("limits", "Limits", "Which limits does it begin with?", parent)
        self.body.addWidget(words(CAN_BE_CHANGED, self))
        self.group = QButtonGroup(self)
        self.choices = {name: Choice(f"wizard_{name}", title, text, self) for name, (title, text) in MEANINGS.items()}
        self.choices[NO_TEMPLATE] = Choice("wizard_no_limits", "No limits yet", NONE, self)
        for choice in self.choices.values():
            self.group.addButton(choice.radio)
            self.body.addWidget(choice)
        self.choices["conservative"].radio.setChecked(True)
        self.body.addStretch(1)

    @property
    def template(self) -> str:
        return next(name for name, choice in self.choices.items() if choice.radio.isChecked())

    def show_found(self, found: Findings | None) -> None:
        effects = {effect.template: effect for effect in found.effects} if found is not None else {}
        for name, (_, meaning) in MEANINGS.items():
            self.choices[name].explain(f"{meaning}\n{_today(effects.get(name))}" if effects else meaning)

    def first(self) -> QWidget:
        return self.choices[self.template].radio


def _today(effect: Effect | None) -> str:
    if effect is None:
        return "What it would say today is not known."
    told = f": {'; '.join(effect.breached[:2])}" if effect.breached else ""
    more = f"; and {len(effect.breached) - 2} more" if len(effect.breached) > 2 else ""
    return f"Today: {effect.words}{told}{more}."
