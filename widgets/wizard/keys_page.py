"""The keys of the account, its name, and where the keys are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtWidgets import QButtonGroup, QFormLayout, QLabel, QLineEdit, QWidget

from core.joining.model import FILE, KEYRING, KeyField, KeyPlaces, VenueNeeds
from core.sealed_keys import SHORTEST_PASSPHRASE
from core.secrets import Credentials
from widgets.wizard.page import Choice, WizardPage, words

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PEM = re.compile(r"(-----BEGIN [A-Z ]+-----)(.*?)(-----END [A-Z ]+-----)", re.DOTALL)
ADVICE = (
    "Make a key at the venue for Scram alone: it may read, it may trade if Scram shall be able to stop, and it may "
    "never withdraw. Bind it to the address of this machine where the venue offers that."
)


def trimmed(text: str) -> str:
    """As it was copied: without the blanks around it, and a key in PEM with the lines that a field of one line took."""
    bare = text.strip().strip("\u2028\u200b\ufeff").strip()
    if "-----BEGIN" not in bare:
        return bare
    bare = bare.replace("\\n", "\n").strip()
    return _PEM.sub(lambda found: "\n".join([found[1], *found[2].split(), found[3]]), bare)


class SecretField(QLineEdit):
    """Shows dots, keeps nothing to undo, and hands its text to nobody who reads the screen aloud."""

    def __init__(self, name: str, title: str, *, hidden: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        if hidden:
            self.setEchoMode(QLineEdit.EchoMode.Password)

    @property
    def value(self) -> str:
        return trimmed(self.text())


class KeysPage(WizardPage):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("keys", "Keys", "Keys of the account", parent)
        self._needs: VenueNeeds | None = None
        self._taken: frozenset[str] = frozenset()
        self._places = KeyPlaces()
        self.fields: dict[str, SecretField] = {}
        self.account = QLineEdit(self)
        self.account.setObjectName("wizard_account_name")
        self.account.setAccessibleName("Name of the account")
        self.account.textChanged.connect(self.changed)
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(14)
        self.keyring = Choice("wizard_keyring", "In the keyring of this system", "", self)
        self.file = Choice("wizard_file", "In an encrypted file", "", self)
        self.passphrase = SecretField("wizard_passphrase", "Passphrase of the encrypted file", hidden=True, parent=self)
        self.again = SecretField("wizard_passphrase_again", "The passphrase once more", hidden=True, parent=self)
        self.sealing = QFormLayout()
        self.sealing.setContentsMargins(24, 0, 0, 0)
        self._lay_out()

    def _lay_out(self) -> None:
        self.body.addWidget(words(ADVICE, self))
        self._row(self.form, "Name on this desk", self.account)
        self.body.addLayout(self.form)
        self.body.addSpacing(6)
        self.group = QButtonGroup(self)
        for choice in (self.keyring, self.file):
            self.body.addWidget(choice)
            self.group.addButton(choice.radio)
        self.file.radio.toggled.connect(self._file_chosen)
        self.passphrase_label = self._row(self.sealing, "Passphrase", self.passphrase)
        self.again_label = self._row(self.sealing, "Once more", self.again)
        self.body.addLayout(self.sealing)
        self.body.addStretch(1)
        for field in (self.passphrase, self.again):
            field.textChanged.connect(self.changed)
        self._show_sealing()

    def _row(self, form: QFormLayout, title: str, field: QLineEdit) -> QLabel:
        label = words(title, self)
        label.setBuddy(field)
        form.addRow(label, field)
        return label

    # -- what is told ---------------------------------------------------------------------------------------------

    def show_taken(self, names: frozenset[str]) -> None:
        self._taken = names
        self.changed.emit()

    def show_places(self, places: KeyPlaces) -> None:
        self._places = places
        offered = f"{places.keyring}. It is unlocked as it always is." if places.keyring else "This system offers none."
        self.keyring.explain(offered)
        self.keyring.radio.setEnabled(bool(places.keyring))
        old = "It is there already, and opens with its passphrase." if places.file_exists else "It is made now."
        self.file.explain(
            f"{places.file}. {old} Without the passphrase nobody can read it, you included: it is asked for at each "
            "start, or read from the environment."
        )
        if not (self.keyring.radio.isChecked() or self.file.radio.isChecked()):
            (self.keyring if places.keyring else self.file).radio.setChecked(True)
        self._show_sealing()

    def show_needs(self, needs: VenueNeeds) -> None:
        """Fields of another venue take the place of those that were there; of the same venue they stay as they are."""
        if self._needs == needs:
            return
        kept = {part: field.text() for part, field in self.fields.items()}
        same = self._needs is not None and self._needs.exchange == needs.exchange
        self._needs = needs
        self.heading.say(f"Keys of the account at {needs.title}")
        for field in self.fields.values():
            self.form.removeRow(field)
        self.fields = {field.part: self._field(field) for field in needs.fields}
        for part, text in kept.items() if same else ():
            if part in self.fields:
                self.fields[part].setText(text)
        self._name_it(needs.exchange)
        self.changed.emit()

    def _field(self, field: KeyField) -> SecretField:
        optional = "" if field.needed else " (optional)"
        made = SecretField(f"wizard_{field.part}", f"{field.label}{optional}", hidden=field.hidden, parent=self)
        made.setPlaceholderText(field.hint)
        made.textChanged.connect(self.changed)
        self._row(self.form, f"{field.label}{optional}", made)
        return made

    def _name_it(self, exchange: str) -> None:
        # What somebody wrote stays; a name that was only proposed follows the venue.
        if self.account.isModified() and self.account.text().strip():
            return
        number = next(number for number in range(1, 10_000) if f"{exchange}-{number}" not in self._taken)
        self.account.setText(f"{exchange}-{number}")

    # -- what was given -------------------------------------------------------------------------------------------

    @property
    def storage(self) -> str:
        return KEYRING if self.keyring.radio.isChecked() else FILE

    @property
    def secret_of_file(self) -> str:
        return "" if self.storage == KEYRING else self.passphrase.text()

    def credentials(self) -> Credentials:
        given: Mapping[str, str] = {part: field.value for part, field in self.fields.items()}
        return Credentials(**given)

    def missing(self) -> str:
        name = self.account.text().strip()
        if not _NAME.fullmatch(name):
            return "the name is made of letters, digits, - _ and ., and begins with a letter or digit"
        if name in self._taken:
            return f"there is an account called {name} already"
        for field in self._needs.fields if self._needs is not None else ():
            if field.needed and not self.fields[field.part].value:
                return f"{field.label} is missing"
        return self._sealing_lacks()

    def _sealing_lacks(self) -> str:
        if self.storage == KEYRING or self._places.file_open:
            return ""
        word = self.passphrase.text()
        if self._places.file_exists:
            return "" if word else "the passphrase of the encrypted file is missing"
        if len(word) < SHORTEST_PASSPHRASE:
            return f"the passphrase needs at least {SHORTEST_PASSPHRASE} characters"
        return "" if word == self.again.text() else "the two passphrases differ"

    def first(self) -> QWidget:
        return next(iter(self.fields.values()), self.account)

    def clear_secrets(self) -> None:
        for field in (*self.fields.values(), self.passphrase, self.again):
            field.clear()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _file_chosen(self, _: bool) -> None:
        self._show_sealing()
        self.changed.emit()

    def _show_sealing(self) -> None:
        asked = self.file.radio.isChecked() and not self._places.file_open
        new = asked and not self._places.file_exists
        for part, shown in (
            (self.passphrase_label, asked), (self.passphrase, asked), (self.again_label, new), (self.again, new),
        ):  # fmt: skip
            part.setVisible(shown)
