"""What cannot be run here - the workflow, the installers of Windows and macOS - held against what they speak of."""

import importlib
import re
import shutil
import struct
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
WORKFLOW = (ROOT / ".github/workflows/release.yml").read_text("utf-8")
INNO = (PACKAGING / "windows/scram.iss").read_text("utf-8")
SPEC = (PACKAGING / "scram.spec").read_text("utf-8")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]

sys.path.insert(0, str(PACKAGING))
try:
    icon, freeze, read_demo = map(importlib.import_module, ("building.icon", "building.freeze", "read_demo"))
finally:
    sys.path.remove(str(PACKAGING))


# The workflow


@pytest.fixture(scope="module")
def workflow():
    read = yaml.safe_load(WORKFLOW)
    read["on"] = read.pop(True)  # YAML 1.1 takes the word for a truth value
    return read


def steps(workflow):
    return [(name, step) for name, job in workflow["jobs"].items() for step in job["steps"]]


def test_it_runs_on_a_tag(workflow):
    assert workflow["on"]["push"] == {"tags": ["v[0-9]*"]}


def test_every_action_is_pinned_by_its_commit_with_the_release_beside_it(workflow):
    used = [step["uses"] for _, step in steps(workflow) if "uses" in step]
    assert len(used) > 8
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", one) for one in used)
    lines = [line for line in WORKFLOW.splitlines() if "uses:" in line]
    assert all(re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line) for line in lines)
    assert len(set(used)) == len({one.partition("@")[0] for one in used})  # one commit per action


def test_nothing_is_granted_but_reading_and_to_the_last_job_attaching(workflow):
    assert workflow["permissions"] == {}
    granted = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    assert granted.pop("attach") == {"contents": "write"}
    assert list(granted.values()) == [{"contents": "read"}] * 3


def test_no_credential_stays_in_a_checkout_and_no_text_of_strangers_is_run(workflow):
    for _, step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False
        assert "${{" not in step.get("run", "")


def test_each_system_builds_tries_out_and_keeps_and_only_then_is_anything_attached(workflow):
    jobs = workflow["jobs"]
    assert set(jobs["attach"]["needs"]) == {"linux", "windows", "macos"}
    assert "refs/tags/v" in jobs["attach"]["if"]
    for name in ("linux", "windows", "macos"):
        runs = [step.get("run", "") for step in jobs[name]["steps"]]
        build = next(place for place, run in enumerate(runs) if "packaging/build.py" in run)
        tried = next(place for place, step in enumerate(jobs[name]["steps"]) if step.get("name") == "Try it out")
        kept = max(place for place, step in enumerate(jobs[name]["steps"]) if "upload-artifact" in step.get("uses", ""))
        assert build < tried < kept
        assert "timeout-minutes" in jobs[name]


def test_what_the_workflow_starts_is_there(workflow):
    for _, step in steps(workflow):
        for path in re.findall(r"packaging/[\w/]+\.\w+", step.get("run", "")):
            assert (ROOT / path).exists(), path


@pytest.mark.parametrize(
    ("report", "fault"),
    [
        ({"events": [1], "halt": {"verified": 2, "accounts": 2}, "journal": {"intact": True}}, None),
        ({"events": [], "halt": {"verified": 2, "accounts": 2}, "journal": {"intact": True}}, "no limit was breached"),
        ({"events": [1], "halt": None, "journal": {"intact": True}}, "no stop was fired"),
        ({"events": [1], "halt": {"verified": 1, "accounts": 2}, "journal": {"intact": True}}, "1 of 2 accounts"),
        ({"events": [1], "halt": {"verified": 2, "accounts": 2}, "journal": {"intact": False}}, "is not whole"),
    ],
)
def test_a_demo_that_did_not_do_what_it_should_fails_the_job(report, fault):
    found = read_demo.faults(report)
    assert (found == []) if fault is None else (len(found) == 1 and fault in found[0])


# Windows


def programs():
    return set(re.findall(r'program\("([\w-]+)", console', SPEC))


def test_the_installer_takes_its_release_from_the_build_and_nowhere_else():
    assert "AppVersion={#Version}" in INNO
    assert "OutputBaseFilename=scram-{#Version}-setup" in INNO
    assert VERSION not in INNO
    assert 'f"/DVersion={build.version}"' in (PACKAGING / "building/main.py").read_text("utf-8")
    assert 'f"scram-{build.version}-setup.exe"' in (PACKAGING / "building/main.py").read_text("utf-8")


def test_the_installer_starts_programs_that_the_specification_makes():
    named = set(re.findall(r"\{app\}\\([\w-]+)\.exe", INNO))
    assert named == programs() == {"scram", "scram-desk"}


def test_the_files_of_the_installer_are_where_the_build_puts_them():
    sources = [line.split('"')[1] for line in INNO.splitlines() if line.startswith("Source:")]
    sources += re.findall(r"^(?:LicenseFile|SetupIconFile)=(.+)$", INNO, re.MULTILINE)
    places = [(PACKAGING / "windows" / one.replace("\\", "/")).resolve() for one in sources]
    build = freeze.Build(ROOT)
    assert set(places) == {build.application / "*", ROOT / "LICENSE", build.made.parent / "scram.ico"}


def test_every_section_and_every_flag_of_the_installer_is_one_that_inno_setup_knows():
    assert set(re.findall(r"^\[(\w+)\]$", INNO, re.MULTILINE)) <= {
        "Setup", "Tasks", "InstallDelete", "Files", "Icons", "Registry", "Run", "UninstallRun", "Code",
    }  # fmt: skip
    flags = {flag for line in re.findall(r"Flags: ([\w ]+)", INNO) for flag in line.split()}
    assert flags <= {
        "unchecked", "ignoreversion", "recursesubdirs", "createallsubdirs", "uninsdeletekey", "uninsdeletevalue",
        "runhidden", "nowait", "postinstall", "skipifsilent",
    }  # fmt: skip
    tasks = set(re.findall(r'^Name: "(\w+)"; Description', INNO, re.MULTILINE))
    assert set(re.findall(r"Tasks: (\w+)", INNO)) <= tasks == {"path", "guardian"}
    assert re.search(r"^AppId=\{\{[0-9A-F-]{36}\}$", INNO, re.MULTILINE)


def test_the_same_ending_belongs_to_a_configuration_on_every_system():
    assert r"Software\Classes\.scram" in INNO
    assert '"CFBundleTypeExtensions": ["scram"]' in SPEC
    assert 'pattern="*.scram"' in (PACKAGING / "linux/scram-mime.xml").read_text("utf-8")


# macOS


def test_the_disk_image_is_made_by_a_shell_script_without_faults():
    script = PACKAGING / "macos/make_dmg.sh"
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    if shutil.which("shellcheck"):
        done = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
        assert done.stdout == ""
    text = script.read_text("utf-8")
    assert text.index("set -eu") < text.index("codesign")
    assert 'name="Scram.app"' in SPEC
    assert '"Scram.app"' in (PACKAGING / "building/main.py").read_text("utf-8")
    assert "dist/Scram.app/Contents/MacOS/scram" in WORKFLOW


# Icons


def test_the_icon_is_drawn_in_every_size_that_windows_and_macos_ask_for(tmp_path, qapp):
    icon.main(ROOT, tmp_path)
    ico, icns = (tmp_path / "scram.ico").read_bytes(), (tmp_path / "scram.icns").read_bytes()
    count = struct.unpack("<HHH", ico[:6])[2]
    assert count == len(icon.WINDOWS_PX)
    for place in range(count):
        side, *_, length, start = struct.unpack("<BBBBHHII", ico[6 + 16 * place : 22 + 16 * place])
        png = ico[start : start + length]
        assert png.startswith(b"\x89PNG")
        assert struct.unpack(">II", png[16:24]) == ((side or 256,) * 2)
    assert icns[:4] == b"icns"
    assert struct.unpack(">I", icns[4:8])[0] == len(icns)
    at, found = 8, {}
    while at < len(icns):
        name, length = icns[at : at + 4].decode(), struct.unpack(">I", icns[at + 4 : at + 8])[0]
        found[name] = struct.unpack(">I", icns[at + 8 + 16 : at + 8 + 20])[0]
        at += length
    assert found == icon.MACOS_TYPES
