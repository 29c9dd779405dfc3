"""The Debian package, installed into a bare system made for the test, and removed again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.service.texts import UNIT
from tests.frozen.driver import REPOSITORY

OWN = ("usr/bin/scram", "usr/lib/scram", f"usr/lib/systemd/user/{UNIT}", "usr/share/applications/scram.desktop",
       "usr/share/doc/scram", "usr/share/icons/hicolor/scalable/apps/scram.svg",
       "usr/share/mime/packages/scram.xml")  # fmt: skip
FOR_TRYING = ("desktop-file-utils", "systemd")
"""Installed beside it, for holding its files against their formats."""


def package() -> Path:
    found = sorted((REPOSITORY / "dist").glob("scram_*.deb"))
    assert found, "there is no package in dist/: `python3 packaging/dev.py frozen` builds it"
    return found[-1]


class Bare:
    """A root file system with Debian's base in it and nothing else."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["chroot", self.root, *words], capture_output=True, text=True, timeout=600, check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8",
                 "DEBIAN_FRONTEND": "noninteractive"},
        )  # fmt: skip
        assert not check or done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
        return done

    def apt(self, *words: str) -> None:
        self.run("apt-get", "-y", "-q", "--no-install-recommends", *words)

    def everything(self) -> set[str]:
        """Every path, besides what package managers keep for themselves."""
        own = {"var/lib/dpkg", "var/lib/apt", "var/cache", "var/log", "proc", "dev", "sys", "tmp"}
        found = set()
        for folder, folders, files in os.walk(self.root):
            at = Path(folder).relative_to(self.root)
            folders[:] = [name for name in folders if str(at / name) not in own]
            found |= {str(at / name) for name in (*folders, *files)}
        return found


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    if shutil.which("debootstrap", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        pytest.skip("debootstrap is not there, which makes a bare Debian")
    if os.geteuid() != 0:
        pytest.skip("only root may make a bare Debian and enter it")
    root = tmp_path_factory.mktemp("bare")
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", suite(), root, *mirror()],
        capture_output=True, text=True, timeout=900, check=False,
        env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
    )  # fmt: skip
    if done.returncode:
        shutil.rmtree(root, ignore_errors=True)
        pytest.skip(f"debootstrap made no bare Debian here: {(done.stderr or done.stdout).strip()[-300:]}")
    # The machine's own way to Debian's packages: proxy and credentials.
    for name in ("apt.conf.d", "auth.conf.d"):
        source, target = Path("/etc/apt") / name, root / "etc/apt" / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        elif source.exists():
            shutil.copy(source, target)
    for name in ("etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt"):
        if Path("/", name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path("/", name), root / name)
    yield Bare(root)
    shutil.rmtree(root, ignore_errors=True)


def mirror() -> list[str]:
    """Where this machine takes Debian's packages from, as debootstrap wants it told; empty: its own default."""
    files = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    text = "\n".join(file.read_text("utf-8") for file in files if file.is_file())
    found = re.findall(r"^(?:deb .*?|URIs: )(\S+://\S+/debian)/?(?:\s|$)", text, re.MULTILINE)
    return found[:1]


def suite() -> str:
    """This machine's own release, where it is a Debian: for that the package was built."""
    told = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text("utf-8").splitlines() if "=" in line)
    return told.get("VERSION_CODENAME", "bookworm") if told.get("ID") == "debian" else "bookworm"


@pytest.mark.timeout(1800)
def test_it_installs_runs_and_leaves_nothing_behind(bare: Bare) -> None:
    bare.apt("update")
    bare.apt("install", *FOR_TRYING)
    shutil.copy(package(), bare.root / "tmp/scram.deb")
    # Its dependencies first and by themselves: they stay when it goes.
    depends = subprocess.run(
        ["dpkg-deb", "-f", package(), "Depends"], capture_output=True, text=True, check=True
    ).stdout
    bare.apt("install", *(line.split()[0] for line in depends.split(",")))
    before = bare.everything()

    bare.run("dpkg", "-i", "/tmp/scram.deb")
    for name in OWN:
        assert (bare.root / name).exists() or (bare.root / name).is_symlink(), name
    assert bare.run("scram", "--version").stdout.startswith("scram ")
    bare.run("desktop-file-validate", "/usr/share/applications/scram.desktop")
    look = "find /usr/lib/scram -name '*.so*' -type f | xargs ldd 2>&1"
    libraries = bare.run("sh", "-c", f"LD_LIBRARY_PATH=/usr/lib/scram/_internal; export LD_LIBRARY_PATH; {look}").stdout
    assert "not found" not in libraries, [line for line in libraries.splitlines() if "not found" in line]
    verified = bare.run("systemd-analyze", "--user", "verify", f"/usr/lib/systemd/user/{UNIT}", check=False)
    assert UNIT not in verified.stderr, verified.stderr
    enabled = [path for path in bare.everything() if path.endswith(f".wants/{UNIT}")]
    assert enabled == []  # shipped, and not enabled
    assert bare.run("dpkg", "--verify", "scram").stdout == ""

    bare.run("dpkg", "-r", "scram")
    bare.run("dpkg", "-P", "scram")
    assert bare.everything() - before == set()
    assert "scram" not in bare.run("dpkg", "-l").stdout
