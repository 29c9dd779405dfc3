"""Writes the one file of notices; run by the build's own Python, whose packages it looks at.

    python -m building.notices ROOT BINARIES.json OUT

BINARIES.json lists the sources of the shared libraries that the application was given: those of the building system
bring their notices too.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

LGPL = ("pyside6-essentials", "shiboken6")
"""Their wheels bring no text."""

BEFORE = """SCRAM, AND WHAT IT IS SHIPPED WITH

Scram is licensed under the Apache License, version 2.0; the text is below. It contains work of others, each under its
own licence, all of them below.

Qt and PySide6 ({qt}) are used under the GNU Lesser General Public License, version 3. They are shared libraries in
files of their own, in the application's folder "_internal", and not altered: you may replace them by versions of your
own that fit, and take the application apart as far as that needs it. Their complete sources, in this very version, are
published by The Qt Company at https://download.qt.io/official_releases/QtForPython/ and https://code.qt.io/. Qt
contains work of others in turn, listed with its licences at https://doc.qt.io/qt-6/licenses-used-in-qt.html.

The application is started by PyInstaller's bootloader, which is licensed under the GPL, version 2, with an exception
that lets it start programs under any licence.
"""


def main(root: Path, binaries: Path, out: Path) -> None:
    sys.path.insert(0, str(root))
    import tomllib

    from app import notices

    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    found = notices.gather(notices.names_of([*project["dependencies"], "pyinstaller"]) - {"setuptools", "packaging"})
    lesser = "\n\n".join(
        (root / f"packaging/licences/{name}.txt").read_text("utf-8") for name in ("LGPL-3.0", "GPL-3.0")
    )
    complete = [
        notices.Notice(one.name, one.version, one.licence, one.text or (lesser if one.name in LGPL else ""))
        for one in found
    ]
    bare = [one.name for one in complete if not one.text.strip()]
    if bare:
        sys.exit(f"no licence text is known for {', '.join(bare)}: put one into packaging/licences")
    own = notices.Notice("scram", project["version"], project["license"], (root / "LICENSE").read_text("utf-8"))
    version = next(one.version for one in complete if one.name == LGPL[0])
    shipped = [own, _python(), *_fonts(root), *complete, *_of_the_system(json.loads(binaries.read_text("utf-8")))]
    before = BEFORE.format(qt=version)
    out.write_text(notices.as_text(shipped, before), "utf-8", newline="\n")
    # One by one too, for the page Help, where they are searched.
    folder = out.parent / "licences"
    folder.mkdir(exist_ok=True)
    (folder / "Notices.txt").write_text(before, "utf-8", newline="\n")
    for one in shipped:
        (folder / f"{one.name}.txt").write_text(f"{one.licence}\n\n{one.text.strip()}\n", "utf-8", newline="\n")


def _python():
    from app.notices import Notice

    folder = Path(sysconfig.get_path("stdlib"))
    text = next(
        (file.read_text("utf-8") for file in (folder / "LICENSE.txt", folder.parent / "LICENSE.txt") if file.exists()),
        "",
    )
    if not text:
        sys.exit(f"Python's own licence is not at {folder / 'LICENSE.txt'}")
    return Notice("python", ".".join(map(str, sys.version_info[:3])), "PSF-2.0", text)


def _fonts(root: Path):
    from app.notices import Notice

    for file in sorted((root / "resources/fonts").glob("*-OFL.txt")):
        yield Notice(f"font {file.name.partition('-')[0]}", "", "OFL-1.1", file.read_text("utf-8"))


def _of_the_system(sources: list[str]):
    """Debian's statements for the libraries that were taken from it, one per source text."""
    from app.notices import Notice

    if shutil.which("dpkg-query") is None:
        return
    packages: dict[str, None] = {}
    for source in sources:
        real = Path(source).resolve()
        for path in (
            real,
            Path("/usr") / real.relative_to("/") if not str(real).startswith("/usr") else real,
            Path(source),
        ):
            done = subprocess.run(["dpkg-query", "-S", str(path)], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                packages[done.stdout.partition(":")[0]] = None
                break
    texts: dict[str, str] = {}
    for package in sorted(packages):
        file = Path("/usr/share/doc") / package / "copyright"
        if file.exists():
            texts.setdefault(file.read_text("utf-8", "replace"), package)
    for text, package in sorted(texts.items(), key=lambda item: item[1]):
        done = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}\n", package], capture_output=True, text=True, check=False
        )
        yield Notice(f"Debian's {package}", done.stdout.split("\n")[0], "as stated below", text)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
