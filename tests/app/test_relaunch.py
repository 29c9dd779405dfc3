"""Starting Scram again, from a checkout and packaged."""

import sys
from pathlib import Path

import pytest

from app.cli.common import guardian_command
from app.cli.guardian_service import service_command
from app.demo.paper import PaperProcess
from app.relaunch import own_command, restore_environment


@pytest.fixture
def packaged(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/usr/lib/scram/scram")


def test_the_packaged_application_starts_itself_and_no_python(packaged):
    assert own_command() == ("/usr/lib/scram/scram",)
    assert guardian_command(Path("/a.toml"), None)[:2] == ("/usr/lib/scram/scram", "guardian")
    assert service_command(Path("/a.toml"), Path("/home")) == (
        "/usr/lib/scram/scram", "guardian", "--config", "/a.toml", "--home", "/home",
    )  # fmt: skip
    assert PaperProcess(1, 1, 1, "calm")._command[:2] == ["/usr/lib/scram/scram", "paper"]


def test_a_checkout_starts_itself_by_its_python():
    assert own_command() == (sys.executable, "-m", "app")


def test_programs_started_from_the_packaged_application_get_the_systems_libraries_back(packaged):
    environ = {"LD_LIBRARY_PATH": "/usr/lib/scram/_internal", "LD_LIBRARY_PATH_ORIG": "/opt/lib", "HOME": "/root"}
    restore_environment(environ)
    assert environ == {"LD_LIBRARY_PATH": "/opt/lib", "HOME": "/root"}
    environ = {"LD_LIBRARY_PATH": "/usr/lib/scram/_internal"}
    restore_environment(environ)
    assert environ == {}


def test_a_checkout_leaves_the_environment_alone():
    environ = {"LD_LIBRARY_PATH": "/opt/lib"}
    restore_environment(environ)
    assert environ == {"LD_LIBRARY_PATH": "/opt/lib"}
