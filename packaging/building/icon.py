"""Draws the icon in the forms that Windows and macOS want; run by the build's own Python, with Qt.

    python -m building.icon ROOT FOLDER

Both are containers around PNG: https://learn.microsoft.com/windows/win32/menurc/icons and
https://en.wikipedia.org/wiki/Apple_Icon_Image_format.
"""

import struct
import sys
from collections.abc import Mapping
from pathlib import Path

WINDOWS_PX = (16, 32, 48, 256)
MACOS_TYPES = {"icp4": 16, "icp5": 32, "ic07": 128, "ic08": 256, "ic09": 512, "ic10": 1024}
"""Apple's name for a size in pixels."""


def main(root: Path, folder: Path) -> None:
    drawn = draw(root / "resources/icons/scram.svg", {*WINDOWS_PX, *MACOS_TYPES.values()})
    (folder / "scram.ico").write_bytes(ico({px: drawn[px] for px in WINDOWS_PX}))
    (folder / "scram.icns").write_bytes(icns({name: drawn[px] for name, px in MACOS_TYPES.items()}))


def draw(source: Path, sizes_px: set[int]) -> dict[int, bytes]:
    """PNG by size."""
    from PySide6.QtCore import QBuffer, QIODevice
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    renderer = QSvgRenderer(str(source))
    drawn = {}
    for size_px in sorted(sizes_px):
        image = QImage(size_px, size_px, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")
        drawn[size_px] = bytes(buffer.data().data())
    del application
    return drawn


def ico(pictures: Mapping[int, bytes]) -> bytes:
    head, body = struct.pack("<HHH", 0, 1, len(pictures)), b""
    start = len(head) + 16 * len(pictures)
    for size_px, png in sorted(pictures.items()):
        # A side of 256 does not fit into its byte and is written as 0.
        head += struct.pack("<BBBBHHII", size_px % 256, size_px % 256, 0, 0, 1, 32, len(png), start + len(body))
        body += png
    return head + body


def icns(pictures: Mapping[str, bytes]) -> bytes:
    body = b"".join(name.encode() + struct.pack(">I", len(png) + 8) + png for name, png in pictures.items())
    return b"icns" + struct.pack(">I", len(body) + 8) + body


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
