"""Guards against releases of dependencies that are known to break the program."""

import gc
import sys

from PySide6.QtCore import QObject, Signal


class Sender(QObject):
    sent = Signal(int)


def test_emitting_signals_takes_no_reference_from_true_or_none():
    """PySide6 6.12.0 drops one reference to True per emit on Python 3.11: the interpreter aborts within minutes."""
    received = []
    sender = Sender()
    sender.sent.connect(received.append)
    sender.sent.emit(0)
    gc.collect()
    true_before, none_before = sys.getrefcount(True), sys.getrefcount(None)

    for number in range(200):
        sender.sent.emit(number)

    assert len(received) == 201
    assert sys.getrefcount(True) > true_before - 50
    assert sys.getrefcount(None) > none_before - 50
