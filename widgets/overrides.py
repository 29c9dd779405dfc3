"""An error in a method that Qt calls ends in the report of errors, and not the whole desk with it.

WORKAROUND for PySide6 6.11 before Python 3.12: what a built-in raises there (the IndexError of a list, the ValueError
of `int`) is no object yet while nobody has caught it. Leaving an override of Qt's it is asked for its arguments, and
the process ends by a segmentation fault: in a paint, in `data`, at a key. Caught and raised again it is like any other.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any

from PySide6.QtCore import QObject


def install() -> None:
    """Of every class of Qt's that is derived from here on, the methods that Qt may call are made safe."""
    if sys.version_info < (3, 12):
        QObject.__init_subclass__ = classmethod(_made_safe)  # type: ignore[assignment, method-assign, arg-type]


def _made_safe(cls: type, **options: Any) -> None:
    super(QObject, cls).__init_subclass__(**options)  # type: ignore[misc]
    for name, made in tuple(vars(cls).items()):
        if isinstance(made, FunctionType) and _is_qts(cls, name):
            setattr(cls, name, raised_again(made))


def _is_qts(cls: type, name: str) -> bool:
    return any(name in vars(base) for base in cls.__mro__[1:] if base.__module__.startswith("PySide6."))


def raised_again(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def safe(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except BaseException:  # noqa: TRY203 (caught is what it has to be)
            raise

    return safe
