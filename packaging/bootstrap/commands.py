"""The commands of dev.py. Each one makes sure of the environment, then hands over to what was asked for."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bootstrap import environment as env
from bootstrap import postgres, qt_libraries, screen
from bootstrap.console import Problem, say

ROOT = Path(__file__).resolve().parents[2]

# A file stays in one process: what its tests share is made once.
ON_EVERY_CORE = ("-n", "auto", "--dist", "loadfile")
TESTS_FAILED = 1
"""pytest's exit code where all ran and some failed."""
FEW = 5
"""As many failures as a machine that is busy with other things may explain."""

USAGE = """usage: python3 packaging/dev.py COMMAND [arguments]

  demo [arguments]         start Scram with its built-in paper exchange (without a screen: headless)
  scram COMMAND ...        run any command of Scram, for example: scram check --config FILE
  setup                    make the environment with everything in it
  test [pytest arguments]  run the tests, all of them on every core; --show-gui shows the windows
  check                    ruff, mypy and import-linter
  soak [pytest arguments]  run the tests that take minutes
  frozen [--built] [...]   build the application and try it out on a screen of its own; --built: the one in dist/
  bench NAME [--json FILE] run one benchmark
  pictures OUTDIR          draw every page to pictures: two sizes, dark and light, 3 and 10,000 accounts
  lock [--upgrade]         write the locks anew (needs uv)
"""


def main(arguments: Sequence[str]) -> int:
    """Run one command; expected failures become one sentence and exit code 1."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(USAGE, end="")
        return 0 if arguments else 2
    name, *rest = arguments
    command = COMMANDS.get(name)
    if command is None:
        say(f"there is no command {name!r}; there are: {', '.join(sorted(COMMANDS))}.")
        return 2
    try:
        return command(env.Environment(ROOT), rest)
    except Problem as problem:
        say(problem.sentence)
        for line in problem.details:
            print(f"    {line}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("interrupted; what was half done is done again at the next start.")
        return 130


def setup(environment: env.Environment, arguments: Sequence[str]) -> int:
    """Everything that any command needs; looks at Qt's libraries again even where they were seen before."""
    if arguments:
        raise Problem(f"setup takes no arguments, and was given {' '.join(arguments)}.")
    env.ensure(environment, "dev")
    qt_libraries.ensure(environment.site_packages, qt_libraries.platforms(), log=environment.log)
    env.ensure(environment, "dev", qt_libraries.platforms())
    say(f"everything is in {environment.folder}")
    return 0


def demo(environment: env.Environment, arguments: Sequence[str]) -> int:
    """The demonstration, headless where there is no screen."""
    chosen = list(arguments)
    if not qt_libraries.has_screen() and "--headless" not in chosen:
        say("there is no screen here, so the demo runs headless")
        chosen.append("--headless")
    return scram(environment, ["demo", *chosen])


def scram(environment: env.Environment, arguments: Sequence[str]) -> int:
    """Any command of Scram, in the folder where the person is."""
    env.ensure(environment, "run", qt_libraries.platforms())
    # -P: the current folder's own "app" or "core" must not be taken for Scram's.
    return hand_over([str(environment.python), "-P", "-m", "app", *arguments])


def test(environment: env.Environment, arguments: Sequence[str]) -> int:
    """The test suite: the whole of it on every core, a chosen part in this one process, easier to follow.

    Real servers and real deadlines feel what else the machine does. A few tests that failed beside others are tried
    once more by themselves: what fails again fails the run, and what does not is named as unsteady.
    """
    rest = _off_screen(environment, arguments)
    if rest:
        return _pytest(environment, rest)
    postgres.ensure(log=environment.log)
    code = env.run([environment.python, "-m", "pytest", *ON_EVERY_CORE], environment.root)
    failed = _failed(environment.root) if code == TESTS_FAILED else ()
    if not 0 < len(failed) <= FEW:
        return code
    say(f"once more, with nothing beside: {', '.join(failed)}")
    code = env.run([environment.python, "-m", "pytest", *failed], environment.root)
    say("failed again" if code else f"UNSTEADY, failed beside others and passed alone: {', '.join(failed)}")
    return code


def _failed(root: Path) -> tuple[str, ...]:
    """The tests that failed in the last run, as pytest noted them."""
    try:
        return tuple(json.loads((root / ".pytest_cache/v/cache/lastfailed").read_text("utf-8")))
    except (OSError, ValueError):
        return ()


def soak(environment: env.Environment, arguments: Sequence[str]) -> int:
    """The tests that run for minutes."""
    rest = _off_screen(environment, arguments)
    os.environ["SCRAM_SOAK"] = "1"
    return _pytest(environment, ["tests", "-m", "soak", *rest])


def frozen(environment: env.Environment, arguments: Sequence[str]) -> int:
    """The built application, started, driven and installed as a user would; other arguments go to pytest."""
    rest = [argument for argument in arguments if argument != "--built"]
    rest = _off_screen(environment, rest)
    if sys.platform.startswith("linux"):
        screen.ensure(log=environment.log)
    if "--built" not in arguments:
        package = ["--deb"] if shutil.which("dpkg-deb") else ["--folder"]
        code = env.run([sys.executable, environment.root / "packaging/build.py", *package], environment.root)
        if code:
            return code
    return _pytest(environment, [*(rest or ["tests/frozen"]), "-m", "frozen"])


def _pytest(environment: env.Environment, arguments: Sequence[str]) -> int:
    os.chdir(environment.root)
    return hand_over([str(environment.python), "-m", "pytest", *arguments])


def _off_screen(environment: env.Environment, arguments: Sequence[str]) -> list[str]:
    """Prepare for windows that nobody sees, unless --show-gui asks for them; returns the other arguments."""
    rest = [argument for argument in arguments if argument != "--show-gui"]
    if len(rest) == len(arguments):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    env.ensure(environment, "dev", qt_libraries.platforms())
    return rest


def check(environment: env.Environment, arguments: Sequence[str]) -> int:
    """All static checks; each one runs, also after another has failed."""
    if arguments:
        raise Problem(f"check takes no arguments, and was given {' '.join(arguments)}.")
    env.ensure(environment, "dev")
    python = environment.python
    steps: dict[str, list[str | Path]] = {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy": [python, "-m", "mypy", "core", "app", "widgets"],
        "import-linter": [environment.program("lint-imports")],
    }
    failed = []
    for name, command in steps.items():
        say(name)
        if env.run(command, environment.root):
            failed.append(name)
    say(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def bench(environment: env.Environment, arguments: Sequence[str]) -> int:
    """One benchmark, as a script of its own."""
    available = benchmarks(environment.root)
    if not arguments or arguments[0] not in available:
        wanted = f"there is no benchmark {arguments[0]!r}" if arguments else "bench needs a name"
        raise Problem(f"{wanted}; there are: {', '.join(available) or 'none yet'}.")
    rest = _absolute_json(_off_screen(environment, arguments[1:]))
    os.chdir(environment.root)
    return hand_over([str(environment.python), "-m", f"tests.bench.{available[arguments[0]]}", *rest])


def benchmarks(root: Path) -> dict[str, str]:
    """The names of the benchmarks, with and without "bench_", and their modules."""
    modules = sorted(
        file.stem for file in (root / "tests/bench").glob("*.py") if not file.stem.startswith(("_", "conftest"))
    )
    return {module.removeprefix("bench_"): module for module in modules}


def _absolute_json(arguments: Sequence[str]) -> list[str]:
    """The results go where the person is, though the benchmark runs in the checkout."""
    result: list[str] = []
    for argument in arguments:
        if result and result[-1] == "--json":
            result.append(str(Path(argument).absolute()))
        elif argument.startswith("--json="):
            result.append(f"--json={Path(argument.removeprefix('--json=')).absolute()}")
        else:
            result.append(argument)
    return result


def pictures(environment: env.Environment, arguments: Sequence[str]) -> int:
    """Every page as pictures in a folder."""
    rest = _off_screen(environment, arguments)
    if len(rest) != 1:
        raise Problem("pictures needs the folder that they are drawn to.")
    folder = str(Path(rest[0]).absolute())
    os.chdir(environment.root)
    return hand_over([str(environment.python), "-m", "tests.app.pictures", folder])


def lock(environment: env.Environment, arguments: Sequence[str]) -> int:
    """Write the locks."""
    from bootstrap import locks

    locks.write(environment, arguments)
    return 0


def hand_over(command: list[str]) -> int:
    """Become the program: no second process stands between it and its signals."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        try:
            os.execv(command[0], command)
        except OSError as error:
            raise Problem(f"{command[0]} does not start: {error.strerror}. Remove .venv and try again.") from error
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 130


COMMANDS: Mapping[str, Callable[[env.Environment, Sequence[str]], int]] = {
    "bench": bench,
    "check": check,
    "demo": demo,
    "frozen": frozen,
    "lock": lock,
    "pictures": pictures,
    "run": scram,
    "scram": scram,
    "setup": setup,
    "soak": soak,
    "test": test,
}
