"""Every door through which an unexpected error can leave, led into one room: the log, and one report on the desk.

Slots and main thread (`sys.excepthook`), other threads, the event loop, Qt's own messages, and errors in destructors.
Each different fault is told once, then counted, so that a fault in a timer cannot flood log, screen or disk.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from core.clock import Clock, SystemClock
from core.crash.groups import FaultGroups

log = logging.getLogger(__name__)

NO_WINDOW_MANAGER = "does not support propagateSizeHints"
"""What the offscreen platform says of every window: true, and of no consequence."""


class FaultRoom:
    def __init__(self, clock: Clock | None = None) -> None:
        self.groups = FaultGroups()
        self.heard: Callable[[], None] = lambda: None
        """Called after each fault, in the thread that it arose in; returns at once and never raises."""
        self._clock = clock or SystemClock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def open_doors(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        sys.excepthook = self._from_main
        threading.excepthook = self._from_thread
        sys.unraisablehook = self._from_destructor
        loop.set_exception_handler(self._from_loop)
        qInstallMessageHandler(self._from_qt)

    def close_doors(self) -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        if self._loop is not None:
            self._loop.set_exception_handler(None)
        qInstallMessageHandler(None)

    def _report(self, door: str, error: BaseException | None, text: str = "") -> None:
        if self.groups.add(door, error, text, self._clock.now()):
            log.error("%s: %s %s", door, type(error).__name__ if error is not None else "", text, exc_info=error)
        self.heard()

    def _from_main(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._report("main thread", error)

    def _from_thread(self, args: threading.ExceptHookArgs) -> None:
        self._report(f"thread {args.thread.name if args.thread else '?'}", args.exc_value)

    def _from_destructor(self, args: Any) -> None:
        self._report("destructor", args.exc_value)

    def _from_loop(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is None or not _is_stream_noise(error):
            self._report("event loop", error, "" if error else str(context.get("message", "")))

    def _from_qt(self, kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
        if kind in {QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg} or NO_WINDOW_MANAGER in message:
            log.debug("Qt: %s", message)
        else:
            self._report("Qt", None, message)


def _is_stream_noise(error: BaseException) -> bool:
    # ccxt leaves futures of a closed stream unawaited; the feed has already told the operator in its own words.
    return type(error).__module__.startswith("ccxt")
