"""The bootstrap script: what it decides, what it says, what it never does."""

import ast
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"

sys.path.insert(0, str(PACKAGING))
try:
    commands, console, debian, environment, locks, pip_settings, postgres, qt_libraries, screen = (
        importlib.import_module(f"bootstrap.{name}")
        for name in (
            "commands",
            "console",
            "debian",
            "environment",
            "locks",
            "pip_settings",
            "postgres",
            "qt_libraries",
            "screen",
        )
    )
finally:
    sys.path.remove(str(PACKAGING))

State = environment.State
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="uses a shell script as the environment's Python")

PROJECT = """
[build-system]
requires = ["setuptools"]
[project]
name = "scram"
dependencies = []
[tool.ruff]
line-length = 120
"""


@pytest.fixture
def checkout(tmp_path):
    """A checkout with a finished environment made from run.lock; its Python prints the arguments that it is given."""
    made = environment.Environment(tmp_path)
    shutil.copytree(PACKAGING, tmp_path / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    for lock in ("run", "dev", "build"):
        made.lock(lock).write_text(f"# {lock}\n")
    made.python.parent.mkdir(parents=True)
    made.python.write_text('#!/bin/sh\necho "$@"\n')
    made.python.chmod(0o755)
    stamp(made, "run")
    return made


def stamp(made, lock, **changes):
    qt = ["offscreen", "wayland", "xcb"]
    made.stamp.write_text(json.dumps({**environment.fingerprint(made, lock), "qt": qt, **changes}))


def requirements(name):
    """Name and version of every requirement in a lock, with the hashes below it."""
    found = {}
    for line in (PACKAGING / f"{name}.lock").read_text().splitlines():
        if match := re.match(r"([a-z0-9-]+)==([^ ]+)(?: ;(.*?))? \\$", line):
            hashes = found.setdefault((match[1], match[2], (match[3] or "").strip()), [])
        elif match := re.match(r"    --hash=(sha256:[0-9a-f]{64})(?: \\)?$", line):
            hashes.append(match[1])
        else:
            assert line.startswith("#"), line
    return found


# The stamp


def test_an_environment_with_a_matching_stamp_is_ready(checkout):
    assert environment.state(checkout, "run") is State.READY


def test_the_stamp_changes_with_the_lock_and_the_environment_is_made_anew(checkout):
    before = environment.fingerprint(checkout, "run")
    checkout.lock("run").write_text("# another\n")
    assert environment.fingerprint(checkout, "run")["lock_hash"] != before["lock_hash"]
    assert environment.state(checkout, "run") is State.REBUILD


def test_a_changed_dependency_line_installs_only_the_project_again(checkout):
    (checkout.root / "pyproject.toml").write_text(PROJECT.replace("dependencies = []", 'dependencies = ["numpy"]'))
    assert environment.state(checkout, "run") is State.PROJECT_CHANGED


def test_a_changed_tool_setting_installs_nothing(checkout):
    (checkout.root / "pyproject.toml").write_text(PROJECT.replace("120", "100"))
    assert environment.state(checkout, "run") is State.READY


@pytest.mark.parametrize("changes", [{"python": "cpython-3.10"}, {"root": "/elsewhere"}, {"format": "0"}], ids=str)
def test_an_environment_of_another_python_place_or_format_is_made_anew(checkout, changes):
    stamp(checkout, "run", **changes)
    assert environment.state(checkout, "run") is State.REBUILD


@pytest.mark.parametrize("content", [None, "", '{"lock": "run', "[]"], ids=repr)
def test_an_environment_without_a_whole_stamp_is_taken_for_unfinished(checkout, content):
    if content is None:
        checkout.stamp.unlink()
    else:
        checkout.stamp.write_text(content)
    assert environment.state(checkout, "run") is State.REBUILD


def test_an_environment_whose_interpreter_is_gone_is_made_anew(checkout):
    checkout.python.unlink()
    assert environment.state(checkout, "run") is State.REBUILD


def test_development_tools_are_added_to_an_environment_made_to_run(checkout):
    assert environment.state(checkout, "dev") is State.TOOLS_WANTED


def test_an_environment_with_development_tools_serves_to_run(checkout):
    stamp(checkout, "dev")
    assert environment.state(checkout, "run") is State.READY


@pytest.mark.parametrize("wanted", ["run", "dev"])
def test_a_set_up_that_is_interrupted_leaves_no_stamp(checkout, monkeypatch, wanted):
    checkout.lock("run").write_text("# another\n") if wanted == "run" else None

    def interrupt(*_, **__):
        assert not checkout.stamp.exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "run_logged", interrupt)
    with pytest.raises(KeyboardInterrupt):
        environment.ensure(checkout, wanted)
    assert environment.state(checkout, wanted) is State.REBUILD


def test_an_environment_is_stamped_when_everything_is_installed(checkout, monkeypatch):
    titles = []
    monkeypatch.setattr(environment, "run_logged", lambda *_, title, **__: titles.append(title))
    monkeypatch.setattr(environment.shutil, "which", lambda _: "/bin/uv")
    environment.ensure(checkout, "dev")
    assert titles == ["installing packages from packaging/dev.lock with uv", "installing Scram itself"]
    assert environment.state(checkout, "dev") is State.READY


# The second start


@posix_only
def test_a_second_start_hands_over_at_once_without_touching_an_installer(checkout):
    traps = checkout.root / "traps"
    traps.mkdir()
    for name in ("uv", "pip", "apt-get", "ldd", "sudo"):
        (traps / name).write_text('#!/bin/sh\ntouch "$0.sprung"\n')
        (traps / name).chmod(0o755)
    started = time.monotonic()
    result = subprocess.run(
        [sys.executable, checkout.root / "packaging/dev.py", "demo", "--accounts", "3", "--headless"],
        env={"PATH": f"{traps}:{os.defpath}"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert time.monotonic() - started < 10
    assert (result.returncode, result.stdout.strip(), result.stderr) == (
        0,
        "-P -m app demo --accounts 3 --headless",
        "",
    )
    assert not list(traps.glob("*.sprung"))


@posix_only
@pytest.mark.parametrize(
    ("variables", "arguments", "says"),
    [
        ({}, "demo --headless", "scram: there is no screen here, so the demo runs headless\n"),
        ({"DISPLAY": ":0"}, "demo", ""),
    ],
    ids=["without a screen", "with a screen"],
)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can be without a screen")
def test_the_demo_runs_headless_where_there_is_no_screen_and_says_so(checkout, variables, arguments, says):
    result = subprocess.run(
        [sys.executable, checkout.root / "packaging/dev.py", "demo"],
        env={"PATH": os.defpath, **variables},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (result.stdout.strip(), result.stderr) == (f"-P -m app {arguments}", says)


def test_tests_run_off_screen_unless_the_windows_are_asked_for(monkeypatch):
    handed_over = []
    monkeypatch.setattr(commands.env, "ensure", lambda *_: None)
    monkeypatch.setattr(commands.os, "chdir", lambda _: None)
    monkeypatch.setattr(commands, "hand_over", lambda command: handed_over.append(command[1:]) or 0)
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")

    commands.main(["test", "--show-gui", "tests/app"])
    assert (handed_over.pop(), os.environ["QT_QPA_PLATFORM"]) == (["-m", "pytest", "tests/app"], "xcb")

    commands.main(["test", "-k", "stop"])
    assert (handed_over.pop(), os.environ["QT_QPA_PLATFORM"]) == (["-m", "pytest", "-k", "stop"], "offscreen")


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """A suite whose runs end with the codes it is given, and note the failures it is given."""
    ran = []
    noted = tmp_path / ".pytest_cache/v/cache/lastfailed"
    noted.parent.mkdir(parents=True)

    def prepare(codes, failed=()):
        ran.clear()
        left = list(codes)
        noted.write_text(json.dumps(dict.fromkeys(failed, True)))
        monkeypatch.setattr(commands.env, "run", lambda command, _: ran.append(list(command[1:])) or left.pop(0))
        return ran

    monkeypatch.setattr(commands, "ROOT", tmp_path)
    monkeypatch.setattr(commands.env, "ensure", lambda *_: None)
    monkeypatch.setattr(commands.postgres, "ensure", lambda **_: None)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return prepare


WHOLE = ["-m", "pytest", "-n", "auto", "--dist", "loadfile"]


def test_the_whole_suite_runs_on_every_core(suite):
    ran = suite([0, 0])
    assert commands.main(["test"]) == 0
    assert commands.main(["test", "--show-gui"]) == 0
    assert ran == [WHOLE] * 2


@pytest.mark.parametrize(("again", "says"), [(0, "UNSTEADY"), (1, "failed again")])
def test_a_few_tests_that_failed_beside_others_decide_by_themselves(suite, capsys, again, says):
    ran = suite([1, again], ["tests/one.py::test_a", "tests/one.py::test_b[x y]"])
    assert commands.main(["test"]) == again
    assert ran == [WHOLE, ["-m", "pytest", "tests/one.py::test_a", "tests/one.py::test_b[x y]"]]
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "failed"), [(1, [str(number) for number in range(6)]), (1, []), (2, ["a"]), (3, ["a"])]
)
def test_a_suite_that_broke_altogether_is_not_tried_again(suite, code, failed):
    ran = suite([code], failed)
    assert commands.main(["test"]) == code
    assert ran == [WHOLE]


@pytest.mark.parametrize(
    ("arguments", "builds", "tests"),
    [
        (["frozen"], True, ["-m", "pytest", "tests/frozen", "-m", "frozen"]),
        (["frozen", "--built", "tests/frozen/test_walk.py"], False,
         ["-m", "pytest", "tests/frozen/test_walk.py", "-m", "frozen"]),
    ],
)  # fmt: skip
def test_the_application_is_built_before_it_is_tried_out_unless_it_is_there(
    suite, monkeypatch, arguments, builds, tests
):
    handed_over = []
    monkeypatch.setattr(commands.screen, "ensure", lambda **_: None)
    monkeypatch.setattr(commands.os, "chdir", lambda _: None)
    monkeypatch.setattr(commands, "hand_over", lambda command: handed_over.append(command[1:]) or 0)
    ran = suite([0])
    assert commands.main(arguments) == 0
    assert [Path(command[0]).name for command in ran] == (["build.py"] if builds else [])
    assert handed_over == [tests]


def test_an_application_that_cannot_be_built_is_not_tried_out(suite, monkeypatch):
    monkeypatch.setattr(commands.screen, "ensure", lambda **_: None)
    monkeypatch.setattr(commands, "hand_over", lambda command: pytest.fail("it was tried out"))
    suite([1])
    assert commands.main(["frozen"]) == 1


@pytest.mark.parametrize(("ci", "says"), [("true", None), ("", "apt-get install")], ids=["a machine", "a person"])
def test_what_the_application_is_tried_out_with_is_installed_for_a_machine_and_named_to_a_person(
    monkeypatch, tmp_path, ci, says
):
    asked = []
    monkeypatch.setattr(screen.shutil, "which", lambda program, path: None if program == "Xvfb" else program)
    monkeypatch.setattr(screen.debian, "is_debian", lambda: True)
    monkeypatch.setattr(screen.debian, "install", lambda packages, **_: asked.extend(packages))
    if says is None:
        screen.ensure(log=tmp_path / "log", environment={"CI": ci})
        assert asked == ["xvfb"]
        return
    with pytest.raises(console.Problem, match="Xvfb is not there") as caught:
        screen.ensure(log=tmp_path / "log", environment={"CI": ci})
    assert says in caught.value.details[0]
    assert asked == []


def test_every_check_runs_also_after_one_has_failed(monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(commands.env, "ensure", lambda *_: None)
    monkeypatch.setattr(commands.env, "run", lambda command, _: ran.append(command) or len(ran) == 2)
    assert commands.main(["check"]) == 1
    assert len(ran) == 4
    assert capsys.readouterr().err.endswith("scram: failed: ruff format\n")


# Words for the person


def test_a_wrong_command_name_gives_one_sentence(capsys):
    assert commands.main(["dmeo"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("scram: there is no command 'dmeo'; there are: bench, check, demo")
    assert shown.err.count("\n") == 1


def test_a_wrong_benchmark_name_lists_those_that_exist(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "tests/bench"
    folder.mkdir(parents=True)
    for name in ("bench_cycle.py", "stop.py", "__init__.py", "conftest.py"):
        (folder / name).touch()
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    assert commands.main(["bench", "cycel"]) == 1
    assert capsys.readouterr().err == "scram: there is no benchmark 'cycel'; there are: cycle, stop.\n"
    assert commands.benchmarks(tmp_path) == {"cycle": "bench_cycle", "stop": "stop"}


def test_the_starter_can_be_read_by_an_old_python_that_is_then_told_what_is_needed():
    source = (PACKAGING / "dev.py").read_text()
    ast.parse(source, feature_version=(3, 4))
    assert source.index("Python 3.11 or newer is needed") < source.index("from bootstrap")


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "its hash differs"),
        ("error: Hash mismatch for `numpy==2.4.6`", "its hash differs"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure", "cannot be reached"),
        ("error: Failed to fetch\n  Caused by: dns error", "cannot be reached"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate is not trusted"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "may not be written"),
        ("ERROR: No matching distribution found for qasync==0.28.0", "has no build"),
        ("ERROR: Could not find a version (from versions: none)\nERROR: No matching distribution", "reached or lacks"),
        ("something new", "in the lines below"),
    ],
)
def test_an_installer_that_fails_is_explained_in_plain_words(log, words):
    assert words in console.reason(log)


def test_credentials_in_index_addresses_appear_neither_in_the_message_nor_in_the_log(tmp_path):
    log = tmp_path / "setup.log"
    script = "import sys; print('Looking in https://desk:s3cret@index.test/simple'); sys.exit(1)"
    with pytest.raises(console.Problem) as caught:
        console.run_logged([sys.executable, "-c", script], title="t", log=log, failure="it failed")
    assert caught.value.details == ("Looking in https://****@index.test/simple",)
    assert "s3cret" not in log.read_text()


def test_a_token_without_a_user_name_is_masked_too():
    assert console.mask("from https://s3cret@index.test/simple and https://index.test/") == (
        "from https://****@index.test/simple and https://index.test/"
    )


# The locks


@pytest.mark.parametrize("name", ["run", "dev", "build"])
def test_a_lock_names_no_host_and_no_folder(name):
    text = (PACKAGING / f"{name}.lock").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=sha256:)", text, re.MULTILINE)
    assert "packaging/dev.py lock" in text
    assert not re.search(r"(^|\s)/\w", text)


@pytest.mark.parametrize("name", ["run", "dev", "build"])
def test_every_requirement_of_a_lock_carries_hashes(name):
    found = requirements(name)
    assert len(found) > 30
    assert all(found.values())


@pytest.mark.parametrize("lock", ["dev", "build"])
def test_a_larger_lock_contains_every_pin_of_the_run_lock_with_the_same_files(lock):
    run = requirements("run")
    pinned = {(name, version): hashes for (name, version, _), hashes in requirements(lock).items()}
    assert {key: pinned.get(key[:2]) for key in run} == run


@pytest.mark.parametrize("name", ["run", "dev", "build"])
def test_the_build_tool_of_the_editable_install_is_pinned(name):
    assert "setuptools" in {key[0] for key in requirements(name)}


def test_every_dependency_of_the_project_is_in_its_lock():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for lock, lines in (("run", project["dependencies"]), ("dev", extras["dev"]), ("build", extras["build"])):
        wanted = {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in lines}
        assert wanted <= {key[0] for key in requirements(lock)}


def test_a_lock_that_names_a_host_is_refused(tmp_path):
    lock = tmp_path / "run.lock"
    lock.write_text("--index-url https://index.test/simple\n")
    with pytest.raises(console.Problem, match=r"run\.lock names a place"):
        locks._refuse_hosts(lock)


# Qt's libraries

LISTING = """
    linux-vdso.so.1 (0x00007ffd)
    libEGL.so.1 => not found
    libxkbcommon.so.0 => not found
    libnew.so.7 => not found
    libEGL.so.1 => not found
    libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
"""


def test_missing_libraries_map_to_their_packages_and_an_unknown_one_is_named_as_such():
    missing = qt_libraries.missing_in(LISTING)
    assert missing == ["libEGL.so.1", "libnew.so.7", "libxkbcommon.so.0"]
    assert qt_libraries.packages_for(missing) == (["libegl1", "libxkbcommon0"], ["libnew.so.7"])


@pytest.fixture
def lacking(monkeypatch, tmp_path):
    """Qt lacks libEGL and a library that nobody knows."""
    monkeypatch.setattr(qt_libraries.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(qt_libraries, "find_missing", lambda *_: ["libEGL.so.1", "libnew.so.7"])
    monkeypatch.setattr(debian, "is_debian", lambda: True)
    return tmp_path / "setup.log"


def test_without_the_right_to_install_the_exact_command_is_printed(lacking, monkeypatch):
    monkeypatch.setattr(debian, "_privilege", lambda: None)
    with pytest.raises(console.Problem, match=r"Qt lacks libEGL\.so\.1, and this account may not") as caught:
        qt_libraries.ensure(Path("unused"), ["offscreen"], log=lacking)
    assert caught.value.details == ("sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1",)


def test_a_library_that_stays_missing_is_named(lacking, monkeypatch):
    installed = []
    monkeypatch.setattr(debian, "install", lambda packages, **_: installed.append(packages))
    with pytest.raises(console.Problem, match=r"Qt still lacks .*libnew\.so\.7"):
        qt_libraries.ensure(Path("unused"), ["offscreen"], log=lacking)
    assert installed[0] == ["libegl1"]


def test_elsewhere_than_on_debian_the_libraries_are_named(lacking, monkeypatch):
    monkeypatch.setattr(debian, "is_debian", lambda: False)
    with pytest.raises(console.Problem, match=r"libEGL\.so\.1, libnew\.so\.7"):
        qt_libraries.ensure(Path("unused"), ["offscreen"], log=lacking)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Qt brings everything elsewhere")
@pytest.mark.parametrize(
    ("variables", "needed"),
    [
        ({}, ("offscreen",)),
        ({"DISPLAY": ":0"}, ("offscreen", "xcb")),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, ("offscreen", "xcb", "wayland")),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, ("offscreen",)),
        ({"QT_QPA_PLATFORM": "wayland;xcb:x"}, ("offscreen", "wayland", "xcb")),
    ],
    ids=str,
)
def test_a_screens_libraries_are_needed_only_where_there_is_a_screen(variables, needed):
    assert qt_libraries.platforms(variables) == needed


@pytest.fixture
def without_postgres(monkeypatch):
    """What was installed instead, where that is tried."""
    installed = []
    monkeypatch.setattr(postgres, "is_there", lambda: False)
    monkeypatch.setattr(debian, "is_debian", lambda: True)
    monkeypatch.setattr(debian, "install", lambda packages, **_: installed.append(packages))
    return installed


def test_postgresql_is_installed_where_a_machine_runs_the_tests_and_named_to_a_person(
    without_postgres, tmp_path, capsys
):
    postgres.ensure(log=tmp_path / "log", environment={})
    assert without_postgres == []
    assert "are skipped; to have them type: sudo apt-get" in capsys.readouterr().err
    postgres.ensure(log=tmp_path / "log", environment={"CI": "true"})
    assert without_postgres == [["postgresql"]]


def test_tests_go_on_where_postgresql_cannot_be_installed(without_postgres, tmp_path, monkeypatch, capsys):
    def install(packages, **_):
        raise console.Problem("there is no network.")

    monkeypatch.setattr(debian, "install", install)
    postgres.ensure(log=tmp_path / "log", environment={"CI": "true"})
    assert "there is no network. the tests of the journal on PostgreSQL are skipped" in capsys.readouterr().err


def test_postgresql_is_found_beside_the_path_too(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres.shutil, "which", lambda _: None)
    assert not postgres.is_there(tmp_path)
    (tmp_path / "15/bin").mkdir(parents=True)
    (tmp_path / "15/bin/initdb").touch()
    assert postgres.is_there(tmp_path)


def test_a_family_of_debian_is_recognised_by_its_own_words(tmp_path, monkeypatch):
    release = tmp_path / "os-release"
    monkeypatch.setattr(debian.shutil, "which", lambda _: "/usr/bin/apt-get")
    release.write_text('ID=linuxmint\nID_LIKE="ubuntu debian"\n')
    assert debian.is_debian(release)
    release.write_text('ID=fedora\nVARIANT_ID="debian"\n')
    assert not debian.is_debian(release)


# pip's settings for uv


def test_pip_settings_come_from_files_and_variables_the_later_outranking(tmp_path):
    system, user = tmp_path / "system.conf", tmp_path / "user.conf"
    system.write_text("[global]\nindex-url = https://system.test/simple\ncert = /etc/ca.pem\nfoo = 1\n")
    user.write_text("[global]\nindex_url = https://user.test/simple\n[install]\nfind-links = a\n  b\n")
    settings = pip_settings.pip_settings(
        {"PIP_FIND_LINKS": "c", "PIP_DEFAULT_TIMEOUT": "60"}, [system, user, tmp_path / "no"]
    )
    assert settings == {
        "index-url": "https://user.test/simple",
        "cert": "/etc/ca.pem",
        "find-links": "c",
        "timeout": "60",
    }


def test_pip_settings_are_translated_for_uv(tmp_path):
    (tmp_path / "wheels").mkdir()
    settings = {
        "index-url": "https://user:secret@index.test/simple",
        "extra-index-url": f"https://extra.test/simple\nfile://{tmp_path}/gone",
        "find-links": f"{tmp_path}/wheels {tmp_path}/gone",
        "no-index": "true",
        "cert": "/etc/ca.pem",
        "trusted-host": "index.test\nextra.test",
        "proxy": "http://proxy.test:3128",
        "timeout": "60",
    }
    translated = pip_settings.uv_settings(settings, {})
    assert translated.environment == {
        "UV_DEFAULT_INDEX": "https://user:secret@index.test/simple",
        "UV_INDEX": "https://extra.test/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": f"{tmp_path}/wheels",
        "UV_INSECURE_HOST": "index.test extra.test",
        "SSL_CERT_FILE": "/etc/ca.pem",
        "HTTP_PROXY": "http://proxy.test:3128",
        "HTTPS_PROXY": "http://proxy.test:3128",
        "UV_HTTP_TIMEOUT": "60",
    }
    assert translated.options == ("--no-index",)


def test_what_was_set_for_uv_itself_stays():
    settings = {"index-url": "https://index.test/simple", "cert": "/etc/ca.pem"}
    set_already = {"UV_DEFAULT_INDEX": "https://own.test", "SSL_CERT_FILE": "/own.pem"}
    assert pip_settings.uv_settings(settings, set_already).environment == {}


def test_a_machines_own_additional_sources_stay_out_of_the_locks(tmp_path):
    settings = {"extra-index-url": "https://extra.test/simple", "find-links": str(tmp_path), "cert": "/etc/ca.pem"}
    assert pip_settings.uv_settings(settings, {}, extras=False).environment == {"SSL_CERT_FILE": "/etc/ca.pem"}
