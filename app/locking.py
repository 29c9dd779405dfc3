"""Whether the desk is locked, and what opens it; the stop is never asked of this."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.settings import DeskSettings
from core.errors import SettingError
from core.intents import ClosePage, ClosePreview, CloseWire, Intent, LockDesk, UnlockDesk
from core.lock import check_new, fits, hash_pin, wait_after
from widgets import figures
from widgets.settings import LOCK_PIN, LOCK_WRONG, LOCKED

LOOK_MS = 2_000
"""How often a locked desk looks whether its PIN was removed on the machine."""
PASSES = (LockDesk, UnlockDesk, ClosePage, ClosePreview, CloseWire)
"""What a locked desk asks of the engine by itself; the stop does not come this way."""


class Worker(QObject):
    """Does one thing at a time in a thread: a PIN takes longer to check than a screen may stand still."""

    done = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.busy = False

    def start(self, work: Callable[[], object]) -> None:
        self.busy = True
        threading.Thread(target=self._run, args=(work,), name="pin", daemon=True).start()

    def _run(self, work: Callable[[], object]) -> None:
        result = work()
        with contextlib.suppress(RuntimeError):  # the window is gone meanwhile: nobody waits for it
            self.done.emit(result)


class Locking(QObject):
    turned = Signal(bool)
    """Locked, or no more."""
    told = Signal(str)
    """What became of a PIN: a sentence, "" for nothing to say."""
    pin_turned = Signal(bool)
    """There is a PIN now, or none any more."""
    asked = Signal(object)
    """An intent that says so in the journal."""

    def __init__(self, settings: DeskSettings, monotonic: Callable[[], float], parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self._monotonic = monotonic
        self.locked = False
        self._refused = 0
        """Since it was locked."""
        self._free_at_s = monotonic() + wait_after(settings.value(LOCK_WRONG))
        self._worker = Worker(self)
        self._worker.done.connect(self._checked)
        self._then: Callable[[object], None] | None = None
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self.look)

    @property
    def has_pin(self) -> bool:
        return bool(self._settings.value(LOCK_PIN))

    @property
    def wait_s(self) -> float:
        """Until another PIN is listened to."""
        return max(0.0, self._free_at_s - self._monotonic())

    def passes(self, intent: Intent) -> bool:
        return not self.locked or isinstance(intent, PASSES)

    def take_up(self) -> None:
        """Locked as it was when the desk ended."""
        if self._settings.value(LOCKED) and self.has_pin:
            self.lock("it was locked when the desk ended")

    def lock(self, cause: str) -> None:
        if self.locked or not self.has_pin:
            return
        self.locked, self._refused = True, 0
        self._settings.keep(LOCKED, True)
        self._looking.start()
        self.turned.emit(True)
        self.told.emit("")
        self.asked.emit(LockDesk("", cause))

    def look(self) -> None:
        """A PIN that was removed on the machine holds nobody up."""
        if self.locked and not self._settings.read_again(LOCK_PIN):
            self._unlock("its PIN was removed on this machine")
            self.pin_turned.emit(False)

    def _unlock(self, cause: str) -> None:
        self.locked = False
        self._looking.stop()
        self._settings.keep(LOCKED, False)
        self._settings.keep(LOCK_WRONG, 0)
        self.turned.emit(False)
        self.asked.emit(UnlockDesk("", cause, self._refused))

    # PINs

    def try_pin(self, pin: str) -> None:
        self._check(pin, partial(self._tried, "by its PIN"))

    def set_pin(self, current: str, new: str) -> None:
        """`current` is "" where there is none."""
        try:
            check_new(new)
        except SettingError as error:
            self.told.emit(f"Not set: {error}.")
            return
        if self.has_pin:
            self._check(current, partial(self._make, new))
        else:
            self._make(new, True)

    def remove_pin(self, current: str) -> None:
        self._check(current, self._remove)

    def _check(self, pin: str, then: Callable[[object], None]) -> None:
        if self._worker.busy:
            return
        if self.wait_s > 0.0:
            self.told.emit(self._wait_words())
            return
        self._then = then
        self._worker.start(partial(fits, pin, self._settings.value(LOCK_PIN)))

    def _checked(self, result: object) -> None:
        self._worker.busy = False
        then, self._then = self._then, None
        if result is False:
            self._refuse()
        elif then is not None:
            then(result)

    def _refuse(self) -> None:
        wrong = self._settings.value(LOCK_WRONG) + 1
        self._refused += 1
        self._settings.keep(LOCK_WRONG, wrong)
        self._free_at_s = self._monotonic() + wait_after(wrong)
        self.told.emit(f"Wrong PIN. {self._wait_words()}".strip())

    def _wait_words(self) -> str:
        return f"The next try is in {figures.lasting(self.wait_s)}." if self.wait_s > 0.0 else ""

    def _tried(self, cause: str, _right: object) -> None:
        if self.locked:
            self._unlock(cause)

    def _make(self, new: str, _right: object) -> None:
        self._then = self._keep
        self._worker.start(partial(hash_pin, new))

    def _keep(self, kept: object) -> None:
        self._settings.keep(LOCK_PIN, str(kept))
        self._settings.keep(LOCK_WRONG, 0)
        self.told.emit("The PIN is set.")
        self.pin_turned.emit(True)

    def _remove(self, _right: object) -> None:
        self._settings.keep(LOCK_PIN, "")
        self._settings.keep(LOCK_WRONG, 0)
        self.told.emit("The PIN is removed: the desk cannot be locked.")
        self.pin_turned.emit(False)
