"""What belongs into the application and what does not, with the reasons; scram.spec reads it.

Patterns are of `fnmatch`, over paths inside the application with "/" on every system; a pattern's "*" spans folders.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

OWN_PACKAGES = ("app", "core", "widgets")
"""Ours are taken whole: commands and venue families are imported late, when they are asked for."""

LATE_PACKAGES = {
    "ccxt.pro": "an exchange is imported by its id, as the configuration names it",
    "keyring.backends": "which keyring there is turns out at run time",
    "sqlalchemy.dialects.sqlite": "the journal's dialect, imported by its name in the URL",
    "sqlalchemy.dialects.postgresql": "as above",
    "apprise": "a service is imported by the scheme of its URL, found by listing a folder",
    "alembic.ddl": "which dialect's operations are wanted turns out at run time",
    "PySide6.QtOpenGL": "pyqtgraph imports both by name with every plot, though nothing is drawn with them",
    "PySide6.QtOpenGLWidgets": "as above",
}
"""Imported by name at run time: taken whole, each for its reason; a module that is no package, as it is."""

SOURCES_TOO = {"apprise": "py+pyz"}
"""apprise lists its own folder to find its services: its modules lie there as files too, and load from the archive."""

EXCLUDED_MODULES = {
    "tkinter": "pulled in by nothing but examples",
    "uvloop": "12 MB, wanted by ccxt's synchronous users; the desk's loop is Qt's, the headless one asyncio's",
    "setuptools": "build time only; pulled in through pydantic's plugin for mypy",
    "distutils": "as above",
    "_distutils_hack": "as above",
    "pip": "as above",
    "mypy": "as above",
    "pydantic.mypy": "as above",
    "pydantic.v1": "models of the version before last",
    "IPython": "offered by numpy and rich to notebooks",
    "matplotlib": "offered by pyqtgraph",
    "pytest": "asked for by numpy, scipy and pyarrow for their own tests",
    "hypothesis": "as above",
    "numpy.distutils": "a compiler's front end",
    "pyqtgraph.examples": "examples",
    "pyqtgraph.opengl": "three-dimensional plots, of which there are none",
    "pyqtgraph.jupyter": "notebooks",
    "pyarrow.tests": "tests",
    "pyarrow.flight": "a network protocol; 30 MB with its library",
    "pyarrow._flight": "as above",
    "pyarrow.orc": "another file format",
    "pyarrow._orc": "as above",
    "pyarrow.substrait": "a query language",
    "pyarrow._s3fs": "storage of a cloud; 17 MB with its library",
    "pyarrow._gcsfs": "as above",
    "pyarrow._azurefs": "as above",
    "pyarrow._hdfs": "as above",
    "pyarrow.cuda": "graphics cards",
    "ccxt.test": "tests",
    "ccxt.pro.test": "tests",
    "PySide6.QtQml": "the desk is made of widgets",
    "PySide6.QtQuick": "as above",
}

UNWANTED_FILES = {
    # Qt: https://doc.qt.io/qt-6/qt-embedded-linux.html and others name what each plugin is for.
    "PySide6/*translations/*": "the desk speaks English",
    "*/plugins/platformthemes/libqgtk3.so": "takes GTK with it; the portal's theme stays",
    "*/plugins/egldeviceintegrations/*": "screens without a window system",
    "*/plugins/platforms/libqeglfs.so": "as above",
    "*/plugins/platforms/libqlinuxfb.so": "as above",
    "*/plugins/platforms/libqvkkhrdisplay.so": "as above",
    "*/plugins/platforms/libqvnc.so": "as above",
    "*/plugins/platforms/libqminimal*": "for Qt's own tests",
    "*/plugins/generic/*": "input devices without a window system",
    "*/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so": "keyboards of touch screens, made with QML",
    "*/plugins/qmltooling/*": "debugging of QML",
    "*/plugins/sqldrivers/*": "the journal speaks to its database itself",
    "*/plugins/networkinformation/*": "whether there is a network is seen by asking the venues",
    "*/plugins/imageformats/*gif*": "icons are SVG, pictures PNG",
    "*/plugins/imageformats/*jpeg*": "as above",
    "*/plugins/imageformats/*tiff*": "as above",
    "*/plugins/imageformats/*webp*": "as above",
    "*/plugins/imageformats/*icns*": "as above",
    "*/plugins/imageformats/*wbmp*": "as above",
    "*/plugins/imageformats/*tga*": "as above",
    "*/plugins/imageformats/*pdf*": "as above",
    "*Qt6EglF*": "libraries of the plugins left out above",
    "*Qt6Qml*": "the desk is made of widgets",
    "*Qt6Quick*": "as above",
    "*Qt6VirtualKeyboard*": "as above",
    "*Qt6Pdf*": "as above",
    # pyarrow: Parquet alone is written; these are libraries and headers of what EXCLUDED_MODULES leaves out.
    "*libarrow_flight*": "30 MB; see pyarrow.flight",
    "*libarrow_python_flight*": "as above",
    "*libarrow_python_parquet_encryption*": "no file is encrypted by it",
    "*libarrow_s3*": "17 MB; see pyarrow._s3fs",
    "*_parquet_encryption*": "as above",
    "pyarrow/_flight*": "see pyarrow.flight",
    "pyarrow/_s3fs*": "see pyarrow._s3fs",
    "pyarrow/_gcsfs*": "as above",
    "pyarrow/_azurefs*": "as above",
    "pyarrow/_hdfs*": "as above",
    "pyarrow/*_orc*": "another file format",
    "pyarrow/_substrait*": "a query language",
    "pyarrow/_cuda*": "graphics cards",
    "pyarrow/include/*": "headers for a compiler",
    "pyarrow/includes/*": "as above",
    "pyarrow/src/*": "as above",
    "pyarrow/tests/*": "tests",
    "*.pxd": "sources of what is compiled",
    "*.pyx": "as above",
    "*.pxi": "as above",
    "*.pyi": "types for checkers",
    "*/py.typed": "as above",
    "*/tests/*": "tests of libraries",
    # What an installer wrote beside a package differs from one machine and installer to the next.
    "*.dist-info/RECORD": "names what an installer unpacked",
    "*.dist-info/INSTALLER": "pip or uv",
    "*.dist-info/REQUESTED": "as above",
    "*.dist-info/direct_url.json": "names a folder of the building machine",
    "*.dist-info/uv_cache.json": "as above",
    "*.dist-info/WHEEL": "who packed it",
    "*.dist-info/top_level.txt": "as above",
    "*.dist-info/licenses/*": "all are in the one file of notices",
    "*.dist-info/LICENSE*": "as above",
    "*.dist-info/sboms/*": "as above",
}

_SYSTEMS_OWN = {
    # Part of every desktop, and of one piece with its drivers, its fonts or its session: another one's does harm.
    r"libGL|libEGL|libGLX|libGLdispatch|libOpenGL|libdrm|libgbm": "of one piece with the graphics driver",
    r"libfontconfig|libfreetype": "read the fonts and settings of this system, whose format they must know",
    r"libdbus-1|libsystemd": "speak to this system's session",
    r"libwayland-\w+": "speak to this system's compositor, and are loaded by its EGL too",
    r"libX11|libX11-xcb|libxcb|libXau|libXdmcp|libXext|libXrender": "speak to this system's display",
    r"libglib-2\.0|libgobject-2\.0|libgio-2\.0|libgthread-2\.0|libgmodule-2\.0": "hold the session's settings",
    r"libgssapi_krb5|libkrb5|libkrb5support|libk5crypto|libcom_err|libkeyutils": "read this system's Kerberos settings",
    r"libstdc\+\+|libgcc_s": "an older one than the graphics driver was made with keeps that from loading",
    r"libz|libuuid|libmount|libblkid|libselinux|libpcre2-8|libgcrypt|libgpg-error|liblz4|libcap|liblzma|libzstd|libbsd"
    r"|libmd|libexpat|libbrotlicommon|libbrotlidec|libpng16": "needed by the libraries above alone, and come with them",
}
_NEEDED_BY_PYTHON = re.compile(r"lib(z|lzma|uuid|expat)\.so")
"""Of the last row: Python's own modules are linked with these."""


def is_unwanted(path: str) -> bool:
    """Whether a file, by its place in the application, is left out."""
    return any(fnmatchcase(path.replace("\\", "/"), pattern) for pattern in UNWANTED_FILES)


def is_the_systems(path: str) -> bool:
    """Whether it is a shared library that is taken from the system it runs on: the .deb depends on its package."""
    name = path.replace("\\", "/").rpartition("/")[2]
    if _NEEDED_BY_PYTHON.match(name):
        return False
    return any(re.fullmatch(rf"({names})\.so[.\d]*", name) for names in _SYSTEMS_OWN)


def is_wanted_module(name: str) -> bool:
    """For taking a package whole: without what EXCLUDED_MODULES names, and without its tests."""
    parts = name.split(".")
    return not {"test", "tests"} & set(parts) and not any(
        name == excluded or name.startswith(f"{excluded}.") for excluded in EXCLUDED_MODULES
    )


def wanted(entries: Iterable[tuple[str, str, str]], *, system: str) -> list[tuple[str, str, str]]:
    """PyInstaller's entries (place, source, kind) without what is left out; sorted, as its sets have no order."""
    kept = [entry for entry in entries if not is_unwanted(entry[0])]
    if system == "linux":
        kept = [entry for entry in kept if not (entry[2] == "BINARY" and is_the_systems(entry[0]))]
    return sorted(kept)
