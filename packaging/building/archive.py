"""The portable archive: the folder in one file, the same to the byte for the same folder."""

import lzma
import stat
import tarfile
import time
import zipfile
from pathlib import Path

from building import tree

_PRESET = 6


def tar_xz(folder: Path, target: Path, top: str, epoch_s: int) -> Path:
    """Everything in `folder` under the name `top`, owned by root, in the order of the paths."""
    with (
        lzma.open(target, "wb", preset=_PRESET) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in tree.files_of(folder):
            entry = tar.gettarinfo(path, f"{top}/{path.relative_to(folder).as_posix()}")
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            entry.mtime = epoch_s
            entry.pax_headers = {}
            if entry.isreg():
                with path.open("rb") as content:
                    tar.addfile(entry, content)
            else:
                tar.addfile(entry)
    return target


def zipped(folder: Path, target: Path, top: str, epoch_s: int) -> Path:
    """The same for Windows, which opens no tar.xz everywhere."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in tree.files_of(folder):
            moment = time.gmtime(max(epoch_s, 315_532_800))[:6]  # the format begins in 1980
            entry = zipfile.ZipInfo(f"{top}/{path.relative_to(folder).as_posix()}", moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | stat.S_IMODE(path.stat().st_mode)) << 16
            packed.writestr(entry, path.read_bytes())
    return target
