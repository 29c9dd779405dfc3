"""The finished folder as a whole: the same modes and times everywhere, its digest, its sizes."""

import hashlib
import os
import stat
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path


def files_of(folder: Path) -> Iterator[Path]:
    """Every file and link under it, in the order of their paths' bytes."""
    found = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    yield from sorted(found, key=lambda path: path.relative_to(folder).as_posix().encode())


def even_out(folder: Path, epoch_s: int) -> None:
    """Whatever the umask and the clock were: rwxr-xr-x for folders and programs, rw-r--r-- else, one time for all."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            os.utime(
                path, (epoch_s, epoch_s), follow_symlinks=False
            ) if os.utime in os.supports_follow_symlinks else None
            continue
        executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if executable else 0o644)
        os.utime(path, (epoch_s, epoch_s))


def listing(folder: Path) -> str:
    """One line per file: mode, sha256 of its content (or where a link leads), path."""
    lines = []
    for path in files_of(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            lines.append(f"link {path.readlink().as_posix()}  {name}")
        else:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            lines.append(f"{stat.S_IMODE(path.stat().st_mode):04o} {digest}  {name}")
    return "".join(f"{line}\n" for line in lines)


def digest_of(listed: str) -> str:
    """The digest of the whole folder: over sorted paths, modes and contents."""
    return hashlib.sha256(listed.encode()).hexdigest()


def sizes(folder: Path) -> list[tuple[str, int]]:
    """Bytes per part, the largest first; a part is what lies in one folder of the application's, or a kind of file."""
    found: defaultdict[str, int] = defaultdict(int)
    for path in files_of(folder):
        if not path.is_symlink():
            found[_part(path.relative_to(folder))] += path.stat().st_size
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _part(path: Path) -> str:
    if path.parts[0] != "_internal":
        return "programs, with all compiled Python"
    name = path.parts[1]
    if len(path.parts) == 2:
        if name.startswith(("libQt6", "libicu", "libpyside", "libshiboken")):
            return "Qt (PySide6)"
        return (
            "libraries and modules of Python" if ".so" in name or name.endswith((".zip", ".dll", ".dylib")) else "rest"
        )
    known = {"PySide6": "Qt (PySide6)", "shiboken6": "Qt (PySide6)", "lib-dynload": "libraries and modules of Python"}
    if name.startswith("python3"):
        return "libraries and modules of Python"
    return known.get(name, name.removesuffix(".libs"))
