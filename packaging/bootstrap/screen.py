"""A screen that nobody sees and keys that nobody presses, with which the built application is tried out."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from bootstrap import debian
from bootstrap.console import Problem

PACKAGES: Mapping[str, str] = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "dbus-daemon": "dbus",
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
    "ip": "iproute2",
    "desktop-file-validate": "desktop-file-utils",
    "debootstrap": "debootstrap",
}
"""What is started, and Debian's package that brings it."""
NEEDED = ("Xvfb", "xdotool", "dbus-daemon", "/usr/libexec/at-spi-bus-launcher")
"""Without these nothing can be tried; the others are missed by single tests, which then say so."""


def ensure(*, log: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Install them where a machine runs the tests; a person is told what to type. Raises Problem."""
    path = f"{environment.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    missing = [program for program in PACKAGES if shutil.which(program, path=path) is None]
    why = f"the built application is tried out with {', '.join(missing)}"
    if missing and debian.is_debian() and environment.get("CI"):
        debian.install([PACKAGES[program] for program in missing], why=why, log=log)
    elif needed := [program for program in missing if program in NEEDED]:
        how = [debian.apt_command([PACKAGES[program] for program in missing])] if debian.is_debian() else []
        raise Problem(f"{' and '.join(needed)} {'is' if len(needed) == 1 else 'are'} not there: {why}.", how)
