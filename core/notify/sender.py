"""One attempt to send: apprise in a thread of its own, under a deadline, and never with the address in a text.

apprise blocks, logs what it was asked to reach, and returns a bare no. So its logger is cut off from ours and listened
to instead, and of what it says only a status code travels on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import threading
from collections.abc import Callable
from typing import Any, Protocol

from core.domain import Severity
from core.errors import NotifyError, ScramError
from core.notify.model import Message

MOST_HANGING = 3
"""Attempts of one route that may hang beyond their deadline: beyond these nothing is tried until one has ended."""

_STATUS = re.compile(r"error=(\d{3})\b")
_TYPES = {Severity.LOW: "info", Severity.MEDIUM: "warning", Severity.HIGH: "failure", Severity.CRITICAL: "failure"}


class Sender(Protocol):
    async def send(self, message: Message) -> None:
        """Raises NotifyError with one sentence that holds no address."""


class AppriseSender:
    def __init__(self, route: str, address: Callable[[], str], timeout_s: float) -> None:
        """`address` may block (a keyring) and raise SecretError; it is asked in the thread, for every attempt."""
        self._route = route
        self._address = address
        self._timeout_s = timeout_s
        self._hanging: set[threading.Thread] = set()

    async def send(self, message: Message) -> None:
        self._hanging = {thread for thread in self._hanging if thread.is_alive()}
        if len(self._hanging) >= MOST_HANGING:
            raise NotifyError(f"{len(self._hanging)} earlier attempts hang and have not ended yet")
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[str] = loop.create_future()

        def settle(reason: str) -> None:
            if not outcome.done():
                outcome.set_result(reason)

        def attempt() -> None:
            reason = _attempt(self._address, message)
            with contextlib.suppress(RuntimeError):  # the loop has ended; nobody waits any more
                loop.call_soon_threadsafe(settle, reason)

        # A daemon: what hangs must not hold up the end of the program.
        thread = threading.Thread(target=attempt, name=f"notify {self._route}", daemon=True)
        thread.start()
        try:
            async with asyncio.timeout(self._timeout_s):
                reason = await outcome
        except TimeoutError:
            self._hanging.add(thread)
            raise NotifyError(f"it gave no answer within {self._timeout_s:g} s") from None
        if reason:
            raise NotifyError(reason)


def _attempt(address: Callable[[], str], message: Message) -> str:
    """Why it was not sent; "" where it was."""
    try:
        return _send(address(), message)
    except ScramError as error:
        return str(error)
    except Exception as error:
        # The text of a library's error may hold the address: its type alone is told.
        return f"it could not be sent ({type(error).__name__})"


def _send(address: str, message: Message) -> str:
    # Imported late: apprise takes a fifth of a second, and most desks notify nobody.
    import apprise

    with _listening() as heard:
        asset: Any = apprise.AppriseAsset(async_mode=False, storage_mode="memory", secure_logging=True)
        # Made anew for every attempt: one that hung shares nothing with the next, and the pace is the gate's alone.
        service = apprise.Apprise(asset=asset)
        if not service.add(address):
            return "its address is none that apprise knows; see `scram notify test`"
        sent = service.notify(
            body=message.body, title=message.title, notify_type=_TYPES[message.severity], body_format="text"
        )
    return "" if sent else _reason(heard)


def _reason(heard: list[str]) -> str:
    for said in reversed(heard):
        found = _STATUS.search(said)
        if found:
            return f"it answered with HTTP {found[1]}"
    if any("onnection" in said for said in heard):
        return "it cannot be reached, or its answer was none"
    return "the service behind it did not take the message"


class _Listener(logging.Handler):
    """Keeps what apprise says, by thread: attempts run side by side."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: dict[int, list[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        said = self.heard.get(threading.get_ident())
        if said is not None:
            with contextlib.suppress(Exception):
                said.append(record.getMessage())


_listener = _Listener()


@contextlib.contextmanager
def _listening() -> Any:
    logger = logging.getLogger("apprise")
    if _listener not in logger.handlers:
        logger.propagate = False
        logger.setLevel(logging.WARNING)
        logger.addHandler(_listener)
    me = threading.get_ident()
    heard = _listener.heard[me] = []
    try:
        yield heard
    finally:
        del _listener.heard[me]
