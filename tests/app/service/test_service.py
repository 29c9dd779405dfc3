"""The guardian as a service: what each system is told, and by which commands."""

import plistlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path, PureWindowsPath

import pytest

from app.cli.commands import run
from app.service.keeper import Service, keeper_of
from app.service.texts import LABEL, UNIT, launchd_list, systemd_unit, windows_task
from core.errors import ServiceError

AWKWARD = ("/opt/risk desk/scram", "guardian", "--config", '/home/a"b/100%/$HOME/back\\slash.toml')


class System:
    """A system that notes what it is told, and answers as it is set to."""

    def __init__(self, code: int = 0, said: str = "", missing: bool = False) -> None:
        self.told: list[tuple[str, ...]] = []
        self.code, self.said, self.missing = code, said, missing

    def __call__(self, words):
        if self.missing:
            raise FileNotFoundError(words[0])
        self.told.append(tuple(words))
        return subprocess.CompletedProcess(words, self.code, self.said, self.said)


def linux(home: Path) -> Service:
    return Service(keeper_of("linux", {}, home), System())


# Texts


def test_a_unit_starts_again_whatever_it_ended_of_and_is_wanted_at_log_in():
    lines = systemd_unit(("/usr/bin/scram", "guardian")).splitlines()
    assert {"ExecStart=/usr/bin/scram guardian", "Restart=always", "WantedBy=default.target"} <= set(lines)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
@pytest.mark.parametrize("name", ["scram", "risk desk"])
def test_systemd_itself_finds_no_fault_with_the_unit(tmp_path, name):
    program = tmp_path / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / UNIT
    unit.write_text(systemd_unit((str(program), "guardian", *AWKWARD[2:])))
    # `default.target` and its kin are of no concern here; a system without a running manager warns of nothing else.
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", "--recursive-errors=no", unit],
        capture_output=True, text=True, check=False,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "SYSTEMD_LOG_LEVEL": "warning"},
    )  # fmt: skip
    assert (done.returncode, [line for line in done.stderr.splitlines() if UNIT in line]) == (0, [])


def test_what_systemd_would_replace_is_doubled_and_what_it_would_split_is_quoted():
    line = next(line for line in systemd_unit(AWKWARD).splitlines() if line.startswith("ExecStart="))
    assert line == ('ExecStart="/opt/risk desk/scram" guardian --config "/home/a\\"b/100%%/$$HOME/back\\\\slash.toml"')


def test_a_property_list_says_the_same_words_and_keeps_the_guardian_alive():
    read = plistlib.loads(launchd_list(AWKWARD).encode())
    assert (read["Label"], read["ProgramArguments"]) == (LABEL, list(AWKWARD))
    assert (read["KeepAlive"], read["RunAtLoad"]) == (True, True)


def test_a_windows_task_runs_the_command_as_its_user_without_an_end():
    command = (r"C:\Program Files\Scram\scram.exe", "guardian", "--config", r"C:\Users\A & B\scram.toml")
    text = windows_task(command, "DESK\\A & B")
    root = ET.fromstring(text.replace(' encoding="UTF-16"', ""))
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}

    def found(path):
        return root.find(path, space).text

    assert PureWindowsPath(found(".//t:Command")).name == "scram.exe"
    assert found(".//t:Arguments") == r'guardian --config "C:\Users\A & B\scram.toml"'
    assert {found(".//t:LogonTrigger/t:UserId"), found(".//t:Principal/t:UserId")} == {"DESK\\A & B"}
    assert (found(".//t:ExecutionTimeLimit"), found(".//t:RunLevel")) == ("PT0S", "LeastPrivilege")


# Told to the system


@pytest.mark.parametrize(
    ("platform", "file", "begins"),
    [
        ("linux", f".config/systemd/user/{UNIT}", "systemctl --user daemon-reload"),
        ("darwin", f"Library/LaunchAgents/{LABEL}.plist", "launchctl bootstrap gui/"),
        ("win32", "AppData/Local/scram/guardian-task.xml", "schtasks /Create /F /TN"),
    ],
    ids=["systemd", "launchd", "Windows"],
)
def test_installing_writes_the_file_and_then_tells_the_system(tmp_path, platform, file, begins):
    system = System()
    service = Service(keeper_of(platform, {"USERDOMAIN": "DESK", "USERNAME": "ann"}, tmp_path), system)
    service.install(("/usr/bin/scram", "guardian"))
    assert service.file == tmp_path / file
    assert service.installed
    assert "guardian" in service.file.read_text(encoding="utf-16" if platform == "win32" else "utf-8")
    assert " ".join(system.told[0]).startswith(begins)
    assert service.remove()
    assert not service.installed
    assert not service.remove()


def test_installing_again_replaces_the_command(tmp_path):
    service = linux(tmp_path)
    service.install(("/old/scram", "guardian"))
    service.install(("/new/scram", "guardian"))
    assert "/new/scram" in service.file.read_text()
    assert "/old/scram" not in service.file.read_text()


def test_the_configuration_folder_of_the_user_is_heeded(tmp_path):
    keeper = keeper_of("linux", {"XDG_CONFIG_HOME": str(tmp_path / "settings")}, tmp_path)
    assert keeper.file == tmp_path / "settings/systemd/user" / UNIT


def test_a_system_that_refuses_is_quoted_and_the_file_named(tmp_path):
    service = Service(keeper_of("linux", {}, tmp_path), System(1, "Failed to connect to bus"))
    with pytest.raises(ServiceError, match="daemon-reload` ended with 1: Failed to connect to bus") as caught:
        service.install(("/usr/bin/scram", "guardian"))
    assert str(service.file) in str(caught.value)


def test_a_system_without_such_services_says_what_to_do_instead(tmp_path):
    service = Service(keeper_of("linux", {}, tmp_path), System(missing=True))
    with pytest.raises(ServiceError, match="start `scram guardian` yourself"):
        service.running()


@pytest.mark.skipif(sys.platform == "win32", reason="folders there are not closed by a mode")
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / ".config").write_text("in the way")
    with pytest.raises(ServiceError, match="cannot be written"):
        linux(tmp_path).install(("/usr/bin/scram", "guardian"))


@pytest.mark.parametrize(
    ("platform", "code", "said", "running"),
    [
        ("linux", 0, "", True),
        ("linux", 3, "", False),
        ("darwin", 0, "state = running", True),
        ("darwin", 0, "state = not running", False),
        ("win32", 0, '"\\scram.guardian","N/A","Running"', True),
        ("win32", 0, '"\\scram.guardian","N/A","Ready"', False),
    ],
)
def test_whether_it_runs_is_what_the_system_says(tmp_path, platform, code, said, running):
    assert Service(keeper_of(platform, {}, tmp_path), System(code, said)).running() is running


def test_a_platform_without_a_known_service_manager_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(ServiceError, match="no service manager known for plan9"):
        keeper_of("plan9", {}, tmp_path)


# From the command line


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the folder is systemd's")
def test_the_command_says_that_there_is_no_service_and_removes_none(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert run(["guardian", "status"]) == 3
    assert "no guardian is started at log-in" in capsys.readouterr().out
    assert run(["guardian", "remove"]) == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_a_service_is_not_installed_for_a_configuration_that_is_not_there(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run(["guardian", "install", "--home", str(tmp_path)]) == 2
    assert "there is no configuration at" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.service"))


def test_the_command_line_says_its_release(capsys):
    assert run(["--version"]) == 0
    assert re.fullmatch(r"scram \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_a_double_click_opens_the_desk_on_that_file(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("app.cli.run.run_configured", lambda file, home, **how: opened.append((file, how)) or 0)
    assert run(["open", str(tmp_path / "scram.toml")]) == run(["open"]) == 0
    assert opened == [(tmp_path / "scram.toml", {"headless": False}), (None, {"headless": False})]
