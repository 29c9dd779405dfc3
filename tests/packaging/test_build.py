"""Building the application: what belongs into it, what has to be there, and that it is the same everywhere."""

import importlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices import as_text, gather, names_of, read_notices
from core.config.exchanges import known_exchanges

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"

sys.path.insert(0, str(PACKAGING))
try:
    archive, contents, deb, elf, freeze, main, notices, tree = (
        importlib.import_module(f"building.{name}")
        for name in ("archive", "contents", "deb", "elf", "freeze", "main", "notices", "tree")
    )
    console, debian = (importlib.import_module(f"bootstrap.{name}") for name in ("console", "debian"))
finally:
    sys.path.remove(str(PACKAGING))

posix_only = pytest.mark.skipif(os.name != "posix", reason="modes and links are POSIX's")


# What belongs into it


def test_every_entry_has_its_reason():
    for entries in (contents.LATE_PACKAGES, contents.EXCLUDED_MODULES, contents.UNWANTED_FILES):
        assert all(reason.strip() for reason in entries.values())


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/translations/qt_de.qm",
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "libarrow_flight.so.2600",
        "pyarrow/include/arrow/api.h",
        "numpy-2.4.6.dist-info/RECORD",
        "click-8.dist-info/licenses/LICENSE.txt",
        "PySide6\\plugins\\imageformats\\qgif.dll",
    ],
)
def test_what_nobody_uses_is_left_out(path):
    assert contents.is_unwanted(path)


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/iconengines/libqsvgicon.so",
        "PySide6/Qt/plugins/platformthemes/libqxdgdesktopportal.so",
        "libarrow.so.2600",
        "libparquet.so.2600",
        "pyarrow/_parquet.cpython-311-x86_64-linux-gnu.so",
        "keyring-25.7.0.dist-info/entry_points.txt",
        "numpy-2.4.6.dist-info/METADATA",
        "resources/samples/scram.toml",
        "apprise/plugins/discord.py",
    ],
)
def test_what_the_desk_needs_stays(path):
    assert not contents.is_unwanted(path)


@pytest.mark.parametrize(
    ("name", "systems"),
    [("libGL.so.1", True), ("libxcb.so.1", True), ("libstdc++.so.6", True), ("libfontconfig.so.1", True),
     ("libxcb-cursor.so.0", False), ("libQt6Gui.so.6", False), ("libcrypto.so.3", False), ("libz.so.1", False),
     ("libpython3.11.so.1.0", False), ("libGLU_not_ours.so.1", False)],
)  # fmt: skip
def test_only_what_is_of_one_piece_with_the_system_is_taken_from_it(name, systems):
    assert contents.is_the_systems(f"a/folder/{name}") is systems


def test_left_out_modules_are_none_that_our_code_imports():
    source = "\n".join(
        file.read_text("utf-8") for folder in contents.OWN_PACKAGES for file in (ROOT / folder).rglob("*.py")
    )
    imported = set(re.findall(r"^\s*(?:from|import) ([\w.]+)", source, re.MULTILINE))
    assert {"numpy", "typer"} <= imported
    assert not [name for name in imported if not contents.is_wanted_module(name)]


def test_every_exchange_is_shipped_and_no_library_is_loaded_for_it():
    assert "ccxt.pro" in contents.LATE_PACKAGES
    modules = {f"ccxt.pro.{name}" for name in known_exchanges()}
    assert len(modules) > 60
    assert all(contents.is_wanted_module(name) for name in modules)


def test_entries_are_sorted_whatever_order_they_come_in():
    entries = [
        ("b.so", "/b", "BINARY"),
        ("a.py", "/a", "DATA"),
        ("libGL.so.1", "/c", "BINARY"),
        ("x.pyi", "/d", "DATA"),
    ]
    assert contents.wanted(reversed(entries), system="linux") == [entries[1], entries[0]]
    assert contents.wanted(entries, system="darwin") == [entries[1], entries[0], entries[2]]


def test_the_specification_names_what_exists():
    source = (PACKAGING / "scram.spec").read_text("utf-8")
    compile(source, "scram.spec", "exec")
    for path in re.findall(r'ROOT / "([^"]+)"', source):
        assert (ROOT / path).exists(), path
    for package in (*contents.OWN_PACKAGES, *contents.LATE_PACKAGES):
        assert importlib.util.find_spec(package) is not None, package
    assert not re.search(r"/home/|/work/|/tmp/|C:\\\\", source)


# The same everywhere


def a_tree(folder: Path, umask: int = 0o022) -> Path:
    before = os.umask(umask)
    try:
        (folder / "_internal/numpy.libs").mkdir(parents=True)
        (folder / "_internal/numpy.libs/a.so").write_bytes(b"\x7fELF" * 100)
        (folder / "_internal/libQt6Core.so.6").symlink_to("numpy.libs/a.so")
        (folder / "scram").write_text("program")
        (folder / "scram").chmod(0o777 & ~umask)
    finally:
        os.umask(before)
    return folder


@posix_only
def test_neither_umask_nor_clock_nor_place_is_seen_in_the_digest(tmp_path):
    digests = set()
    for name, umask, at_s in (("one", 0o022, 1_000_000_000), ("two/deeper", 0o077, 1_500_000_000)):
        folder = a_tree(tmp_path / name, umask)
        os.utime(folder / "scram", (at_s, at_s))
        tree.even_out(folder, 1_700_000_000)
        assert {path.lstat().st_mtime for path in tree.files_of(folder) if not path.is_symlink()} == {1_700_000_000}
        digests.add(tree.digest_of(tree.listing(folder)))
    assert len(digests) == 1


@posix_only
@pytest.mark.parametrize("change", ["content", "mode", "name", "link", "more"])
def test_every_change_is_seen_in_the_digest(tmp_path, change):
    folder = a_tree(tmp_path / "a")
    tree.even_out(folder, 0)
    before = tree.digest_of(tree.listing(folder))
    program, link = folder / "scram", folder / "_internal/libQt6Core.so.6"
    if change == "content":
        program.write_text("another")
    elif change == "mode":
        program.chmod(0o644)
    elif change == "name":
        program.rename(folder / "scran")
    elif change == "link":
        link.unlink()
        link.symlink_to("numpy.libs/b.so")
    else:
        (folder / "more").touch()
    assert tree.digest_of(tree.listing(folder)) != before


@posix_only
@given(names=st.lists(st.text("abc/", min_size=1, max_size=6), max_size=6))
def test_files_come_in_one_order(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("order")
    for name in names:
        path = folder / f"{name.strip('/').replace('//', '/') or 'x'}.f"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = [path.relative_to(folder).as_posix().encode() for path in tree.files_of(folder)]
    assert found == sorted(found)
    shutil.rmtree(folder)


@posix_only
def test_the_portable_archive_is_the_same_for_the_same_folder(tmp_path):
    one, two = (a_tree(tmp_path / name, umask) for name, umask in (("one", 0o022), ("two", 0o077)))
    for folder in (one, two):
        tree.even_out(folder, 1_700_000_000)
    for make, ending in ((archive.tar_xz, "tar.xz"), (archive.zipped, "zip")):
        made = [make(folder, tmp_path / f"{folder.name}.{ending}", "scram-1", 1_700_000_000) for folder in (one, two)]
        assert made[0].read_bytes() == made[1].read_bytes()
    with tarfile.open(tmp_path / "one.tar.xz") as tar:
        entries = {entry.name: entry for entry in tar.getmembers()}
    assert entries["scram-1/scram"].mode == 0o755
    assert entries["scram-1/_internal/libQt6Core.so.6"].issym()
    assert {(entry.uid, entry.uname, entry.mtime) for entry in entries.values()} == {(0, "root", 1_700_000_000)}
    with zipfile.ZipFile(tmp_path / "one.zip") as packed:
        assert packed.read("scram-1/scram") == b"program"


def test_a_size_is_told_for_every_part(tmp_path):
    parts = dict(tree.sizes(a_tree(tmp_path / "a")))
    assert parts == {"numpy": 400, "programs, with all compiled Python": 7}


@pytest.mark.parametrize(("told", "epoch_s"), [("1700000000", 1_700_000_000), ("", None)])
def test_the_time_is_the_one_told_or_the_last_commits(tmp_path, monkeypatch, told, epoch_s):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", told)
    if epoch_s is None:
        assert freeze.Build(tmp_path).epoch_s() == freeze.FIRST_RELEASE_S  # no git here
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        who = ["-c", "user.name=a", "-c", "user.email=a@b.test", "-c", "commit.gpgsign=false"]
        when = {**os.environ, "GIT_COMMITTER_DATE": "1600000000 +0000"}
        subprocess.run(["git", *who, "commit", "-q", "--allow-empty", "-m", "a"], cwd=tmp_path, check=True, env=when)
        epoch_s = 1_600_000_000
    assert freeze.Build(tmp_path).epoch_s() == epoch_s


def test_a_time_that_is_none_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(console.Problem, match="SOURCE_DATE_EPOCH is 'yesterday'; allowed are"):
        freeze.Build(tmp_path).epoch_s()


# What has to be there


@pytest.fixture
def debians_python(monkeypatch):
    asked = []
    monkeypatch.setattr(freeze.sys, "platform", "linux")
    monkeypatch.setattr(freeze, "_is_debians_python", lambda: True)
    monkeypatch.setattr(freeze.debian, "is_debian", lambda: True)
    monkeypatch.setattr(freeze.debian, "install", lambda packages, **_: asked.extend(packages))
    return asked


def test_a_python_without_its_shared_library_gets_debians_package(debians_python, monkeypatch, tmp_path):
    monkeypatch.setattr(freeze, "missing_libpython", lambda: "libpython3.11.so.1.0")
    freeze.ensure_tools(tmp_path / "log")
    assert debians_python == [f"libpython{sys.version_info[0]}.{sys.version_info[1]}"]


def test_missing_binutils_are_installed(debians_python, monkeypatch, tmp_path):
    monkeypatch.setattr(freeze, "missing_libpython", lambda: None)
    monkeypatch.setattr(freeze.shutil, "which", lambda tool: None if tool == "objdump" else f"/usr/bin/{tool}")
    freeze.ensure_tools(tmp_path / "log")
    assert debians_python == ["binutils"]


def test_another_python_without_its_shared_library_is_told_what_to_do(debians_python, monkeypatch, tmp_path):
    monkeypatch.setattr(freeze, "missing_libpython", lambda: "libpython3.11.so.1.0")
    monkeypatch.setattr(freeze, "_is_debians_python", lambda: False)
    with pytest.raises(console.Problem, match="--enable-shared"):
        freeze.ensure_tools(tmp_path / "log")
    assert debians_python == []


def test_a_library_that_is_not_there_is_named(monkeypatch):
    told = {"Py_ENABLE_SHARED": 1, "INSTSONAME": "libpython9.9.so.1.0", "LIBDIR": "/nowhere", "MULTIARCH": None}
    monkeypatch.setattr(freeze.sysconfig, "get_config_var", told.get)
    assert freeze.missing_libpython() == "libpython9.9.so.1.0"
    told["Py_ENABLE_SHARED"] = 0
    assert freeze.missing_libpython().startswith("libpython")


def test_a_wrong_option_gives_the_usage(capsys):
    assert main.main(["--fast"]) == 2
    assert "usage: python3 packaging/build.py" in capsys.readouterr().err


# The Debian package

LISTING = """
a.so:     file format elf64-x86-64
Dynamic Section:
  NEEDED               libc.so.6
  NEEDED               libxcb.so.1
  NEEDED               libinside.so.2
Version References:
  required from libc.so.6:
    0x09691a75 0x00 03 GLIBC_2.2.5
    0x069691b4 0x00 02 GLIBC_2.34
    0x0d696910 0x00 04 GLIBC_2.9
"""


def test_what_is_needed_and_how_new_the_c_library_is_can_be_read():
    assert elf.needed_in(LISTING) == {"libc.so.6", "libxcb.so.1", "libinside.so.2"}
    assert elf.newest_libc(LISTING) == "2.34"


def test_a_library_that_no_package_brings_is_named():
    with pytest.raises(console.Problem, match=r"needs libnowhere\.so\.9, and no package"):
        elf.known_packages(["libxcb.so.1", "libnowhere.so.9"], {})
    assert elf.known_packages(["libxcb.so.1", "libEGL.so.1"], {}) == {"libxcb1", "libegl1"}


def test_the_control_file_says_what_debian_wants_to_know():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    text = deb.control(version, "amd64", ["libc6 (>= 2.34)", "libxcb1"], 1234)
    fields = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith(" "))
    assert {"Package", "Version", "Architecture", "Maintainer", "Description", "Depends"} <= fields.keys()
    assert (fields["Version"], fields["Depends"], fields["Installed-Size"]) == (
        version, "libc6 (>= 2.34), libxcb1", "1234",
    )  # fmt: skip
    assert max(map(len, text.splitlines()[-4:])) <= 80


def test_the_desktop_entry_and_the_file_type_fit_together():
    entry = (PACKAGING / "linux/scram.desktop").read_text()
    kind = re.search(r"^MimeType=(.+);$", entry, re.MULTILINE)[1]
    assert f'type="{kind}"' in (PACKAGING / "linux/scram-mime.xml").read_text()
    assert re.search(r"^Exec=scram open %f$", entry, re.MULTILINE)
    if shutil.which("desktop-file-validate"):
        done = subprocess.run(
            ["desktop-file-validate", PACKAGING / "linux/scram.desktop"], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, "")


# Notices


def test_every_package_that_is_shipped_has_a_licence_text_but_qts_own():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = gather(names_of(project["dependencies"]))
    assert {"numpy", "ccxt", "sqlalchemy", "aiohttp", "apprise", "typing-extensions"} <= {one.name for one in found}
    assert tuple(one.name for one in found if not one.text.strip()) == notices.LGPL
    assert all(one.licence for one in found)


def test_every_package_of_the_lock_that_is_installed_is_among_the_notices():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    known = names_of(project["dependencies"])
    locked = set(re.findall(r"^([a-z0-9-]+)==[^;]*? \\$", (PACKAGING / "run.lock").read_text(), re.MULTILINE))
    assert locked - known - {"setuptools"} == set()


def test_the_lesser_licence_and_the_one_that_it_builds_on_are_there_in_full():
    for name, words in (("LGPL-3.0", "GNU LESSER GENERAL PUBLIC LICENSE"), ("GPL-3.0", "GNU GENERAL PUBLIC LICENSE")):
        text = (PACKAGING / f"licences/{name}.txt").read_text()
        assert words in text
        assert "Version 3, 29 June 2007" in text


def test_a_checkout_shows_the_notices_of_what_is_installed():
    text = read_notices()
    assert "\nnumpy " in text
    assert "\nsqlalchemy " in text


def test_notices_stand_under_their_names():
    notice = gather(["numpy"])[0]
    text = as_text([notice], "Before.\n")
    assert text.startswith("Before.\n")
    assert f"numpy {notice.version}\n" in text


def test_the_application_knows_its_release_and_names_no_folder_of_this_machine(tmp_path):
    build = freeze.Build(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    assert build.name.startswith("scram-1.2.3-")
    freeze._write_metadata(build)
    (metadata,) = build.made.rglob("METADATA")
    assert "Version: 1.2.3" in metadata.read_text()


def test_the_build_writes_every_notice_into_one_file_and_each_by_itself_for_the_page_help(tmp_path):
    sources = tmp_path / "binaries.json"
    sources.write_text("[]")
    out = tmp_path / "resources/NOTICES.txt"
    out.parent.mkdir()
    notices.main(ROOT, sources, out)
    text = out.read_text("utf-8")
    told = (
        "Apache License",
        "GNU LESSER GENERAL PUBLIC LICENSE",
        "SIL OPEN FONT LICENSE",
        "download.qt.io",
        "\npython ",
    )
    assert [words for words in told if words not in text] == []
    names = {file.stem for file in (out.parent / "licences").iterdir()}
    assert {"scram", "python", "pyside6-essentials", "shiboken6", "numpy", "ccxt", "font Inter", "Notices"} <= names


def test_a_package_without_a_licence_text_stops_the_build(tmp_path, monkeypatch):
    sources = tmp_path / "binaries.json"
    sources.write_text("[]")
    monkeypatch.setattr(notices, "LGPL", ("shiboken6",))
    with pytest.raises(SystemExit, match="no licence text is known for pyside6-essentials"):
        notices.main(ROOT, sources, tmp_path / "NOTICES.txt")
