"""What every test gets: a home of its own, repeatable chance, and a failure for a stray log record, task or thread."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import os
import random
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from core import tasks

SEED_VARIABLE = "SCRAM_SEED"
SAID = "said at the end of the run"
THREAD_GRACE_S = 2.0
# The interpreter's and the test tools' own; a loop's default executor is joined when the loop closes.
_FOREIGN_THREADS = ("Dummy-", "asyncio_", "pytest_timeout", "pydevd", "ThreadPoolForeground")

# Never derandomized: every run looks somewhere new, and a failure prints the blob that repeats it.
settings.register_profile(
    "suite", max_examples=60, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "soak", max_examples=5_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("soak" if os.environ.get("SCRAM_SOAK") else "suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--candles", type=Path, help="five-minute candles of a crash: a parquet file, or a folder of them")


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "expected_logs(*patterns): such records of WARNING and above must come; see the fixture of that name",
        "allowed_logs(*patterns): such records of WARNING and above may come, or not",
    ):
        config.addinivalue_line("markers", line)


# -- surroundings -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def home_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test ever sees the latches, the journal or the keyring of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCRAM_HOME", str(home))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        yield home


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_folder(repository: Path) -> Path:
    """Recorded payloads that are too large for the repository, in a folder beside it."""
    folder = repository.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder shared/ with recorded payloads is not beside the repository")
    return folder


# -- chance -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def seed() -> int:
    """Another one in every run; printed with a failure, and given back by SCRAM_SEED."""
    chosen = int(os.environ.get(SEED_VARIABLE) or random.SystemRandom().randrange(2**32))
    print(f"{SEED_VARIABLE}={chosen}")  # noqa: T201 (pytest shows it where the test fails)
    return chosen


@pytest.fixture
def rng(seed: int) -> random.Random:
    return random.Random(seed)


@pytest.fixture
def say(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Have a line printed at the end of the run, wherever the test ran and whatever became of it."""
    return functools.partial(record_property, SAID)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = (*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ()))
    for name, line in (said for report in reports for said in report.user_properties):
        if name == SAID:
            terminalreporter.write_line(str(line))


# -- logs -------------------------------------------------------------------------------------------------------------


def _any_in(patterns: list[str], line: str) -> bool:
    return any(re.search(pattern, line) for pattern in patterns)


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.expected: list[str] = []
        self.allowed: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def complaint(self) -> str:
        """What is wrong with the records of this test, "" when nothing is."""
        said = [f"{record.levelname} {record.name}: {record.getMessage()}" for record in self.records]
        unexpected = [line for line in said if not _any_in([*self.expected, *self.allowed], line)]
        missing = [pattern for pattern in self.expected if not any(re.search(pattern, line) for line in said)]
        parts = [f"unexpected log record: {line}" for line in unexpected]
        parts += [f"expected a log record like {pattern!r}, and none came" for pattern in missing]
        return "\n".join(parts)


@pytest.fixture(autouse=True)
def no_unexpected_logs(request: pytest.FixtureRequest) -> Iterator[_Collector]:
    collector = _Collector()
    for marker in request.node.iter_markers("expected_logs"):
        collector.expected += marker.args
    for marker in request.node.iter_markers("allowed_logs"):
        collector.allowed += marker.args
    root = logging.getLogger()
    root.addHandler(collector)
    yield collector
    root.removeHandler(collector)
    complaint = collector.complaint()
    if complaint:
        pytest.fail(complaint, pytrace=False)


@pytest.fixture
def expected_logs(no_unexpected_logs: _Collector) -> Callable[[str], None]:
    """`expected_logs("receiver of .* failed")`: such a record, as `LEVEL logger: message`, may come and must come."""
    return no_unexpected_logs.expected.append


# -- leftovers --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def _tasks_end_before_the_loop() -> AsyncIterator[None]:
    # Closing the loop cancels whatever is left, so that afterwards nothing would be seen of it.
    before = set(tasks._alive)
    yield
    for _ in range(20):
        if tasks._alive <= before:
            return
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    _fail_for_tasks(before)


@pytest.fixture(autouse=True)
def no_leaked_tasks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every task of `core.tasks.spawn` has ended when the test and its fixtures have."""
    if _is_async(request):
        request.getfixturevalue("_tasks_end_before_the_loop")
        yield
        return
    before = set(tasks._alive)
    yield
    _fail_for_tasks(before)


def _is_async(request: pytest.FixtureRequest) -> bool:
    function = getattr(request.node, "obj", None)
    # hypothesis keeps the coroutine function inside its own wrapper
    inner = getattr(getattr(function, "hypothesis", None), "inner_test", function)
    return inspect.iscoroutinefunction(inner)


def _fail_for_tasks(before: set[asyncio.Task[object]]) -> None:
    leaked = sorted(task.get_name() for task in tasks._alive - before)
    if leaked:
        pytest.fail(f"tasks still alive after the test: {', '.join(leaked)}", pytrace=False)


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREAD_GRACE_S
    left: list[threading.Thread] = []
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith(_FOREIGN_THREADS):
            continue
        while thread.ident is None and time.monotonic() < deadline:
            time.sleep(0.005)  # on its way: one that has not begun cannot be waited for
        if thread.ident is not None:
            thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            left.append(thread)
    if left:
        pytest.fail(f"threads still alive after the test: {', '.join(thread.name for thread in left)}", pytrace=False)
