"""The shared libraries that Qt takes from the system: which are missing, and which packages bring them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from bootstrap import debian
from bootstrap.console import Problem, say

# Debian's and Ubuntu's names. Where a release renamed one (libglib2.0-0t64), apt-get follows the old name.
PACKAGES: Mapping[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libdrm.so.2": "libdrm2",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgbm.so.1": "libgbm1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgio-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xinput.so.0": "libxcb-xinput0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}

_MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtTest", "QtNetwork")
_PLUGINS: Mapping[str, tuple[str, ...]] = {
    "offscreen": ("platforms/libqoffscreen.so", "imageformats/libqsvg.so", "iconengines/libqsvgicon.so"),
    "xcb": ("platforms/libqxcb.so",),
    "wayland": ("platforms/libqwayland*.so",),
}


def has_screen(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a window can open: only Linux can be without; a chosen Qt platform counts as a choice."""
    if not sys.platform.startswith("linux"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def platforms(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The Qt platforms whose libraries are needed here: "offscreen" always, a screen's own where there is one."""
    if not sys.platform.startswith("linux"):
        return ()
    if chosen := environment.get("QT_QPA_PLATFORM"):
        names = (name.partition(":")[0] for name in chosen.split(";"))
        return tuple(dict.fromkeys(("offscreen", *(name for name in names if name in _PLUGINS))))
    screens = (("xcb", "DISPLAY"), ("wayland", "WAYLAND_DISPLAY"))
    return ("offscreen", *(platform for platform, name in screens if environment.get(name)))


def ensure(site_packages: Path, wanted: Iterable[str], *, log: Path) -> None:
    """Have Qt's libraries for the wanted platforms, or raise a Problem that names each one and its package."""
    wanted = tuple(wanted)
    if not wanted or shutil.which("ldd") is None:
        return
    missing = find_missing(site_packages, wanted)
    if not missing:
        return
    packages, unknown = packages_for(missing)
    if not debian.is_debian():
        raise Problem(f"Qt needs these libraries of the system, install what brings them: {', '.join(missing)}")
    if packages:
        debian.install(packages, why=f"Qt lacks {', '.join(sorted(set(missing) - set(unknown)))}", log=log)
        missing = find_missing(site_packages, wanted)
        if newly := packages_for(missing)[0]:  # a library that came may need another one
            debian.install(newly, why=f"Qt lacks {', '.join(missing)}", log=log)
            missing = find_missing(site_packages, wanted)
    if missing:
        raise Problem(f"Qt still lacks {', '.join(missing)}, and no Debian package is known to bring it.")
    say("Qt has all its system libraries")


def find_missing(site_packages: Path, wanted: Iterable[str]) -> list[str]:
    """The sonames that the loader does not find for Qt's modules and the wanted platforms' plugins."""
    qt = site_packages / "PySide6"
    files = [file for name in _MODULES for file in qt.glob(f"{name}.*so")]
    for platform in wanted:
        files += [file for pattern in _PLUGINS.get(platform, ()) for file in (qt / "Qt/plugins").glob(pattern)]
    if not files:
        return []
    listing = subprocess.run(
        ["ldd", *map(str, files)], capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    return missing_in(listing.stdout + listing.stderr)


def missing_in(listing: str) -> list[str]:
    """The sonames that `ldd` calls missing, each once, in order."""
    found = re.findall(r"^\s*(\S+) => not found", listing, re.MULTILINE)
    found += re.findall(r"loading shared libraries: (\S+): cannot open", listing)
    return sorted(set(found))


def packages_for(missing: Iterable[str]) -> tuple[list[str], list[str]]:
    """Debian packages for missing sonames, and the sonames that no package is known for."""
    packages: dict[str, None] = {}
    unknown: list[str] = []
    for soname in missing:
        if soname in PACKAGES:
            packages[PACKAGES[soname]] = None
        else:
            unknown.append(soname)
    return sorted(packages), unknown
