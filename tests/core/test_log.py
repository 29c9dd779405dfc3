from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import log as scrams_log
from core.log import FILE_NAME, Redactor, remove_logging, set_up_logging

log = logging.getLogger("tests.log")


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    noisy = {name: logging.getLogger(name).level for name in scrams_log._NOISY}
    yield
    remove_logging()
    root.setLevel(level)
    for name, former in noisy.items():
        logging.getLogger(name).setLevel(former)


@pytest.mark.expected_logs("WARNING tests.log: careful")
def test_the_file_takes_everything_and_the_terminal_only_what_matters(tmp_path: Path) -> None:
    terminal = io.StringIO()
    set_up_logging(tmp_path, terminal=terminal)
    log.debug("nothing")
    log.info("größer")
    log.warning("careful")
    written = (tmp_path / FILE_NAME).read_text(encoding="utf-8").splitlines()
    assert [line.split(" ", 1)[1] for line in written] == ["INFO     tests.log: größer", "WARNING  tests.log: careful"]
    assert written[0][10] == "T"
    assert written[0].split(" ")[0].endswith("Z")
    assert terminal.getvalue() == "scram: warning: careful\n"


@pytest.mark.expected_logs("ERROR tests.log: it failed for")
def test_a_secret_is_masked_in_message_arguments_and_traceback(tmp_path: Path) -> None:
    terminal = io.StringIO()
    redactor = set_up_logging(tmp_path, terminal=terminal, secrets=["S3KRET/first+", "12"])
    redactor.add(["later-S3KRET"])
    try:
        raise ValueError("later-S3KRET at https://x/y?key=S3KRET%2Ffirst%2B")
    except ValueError:
        log.exception("it failed for %s and 12", {"sign": "S3KRET/first+"})
    told = (tmp_path / FILE_NAME).read_text() + terminal.getvalue()
    assert "S3KRET" not in told
    assert "Traceback" in told
    assert "and 12" in told
    assert "Traceback" not in terminal.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "GET https://api.x.com/v1?symbol=BTC&signature=S3KRETS3KRET&timestamp=1",
        "https://x/?apiKey=S3KRETS3KRET",
        "wss://x/ws?listenKey=S3KRETS3KRET",
        "postgresql://me:S3KRETS3KRET@host/db",
        "{'X-MBX-APIKEY': 'S3KRETS3KRET', 'a': 'b'}",
        '{"secret": "S3KRETS3KRET", "passphrase":"S3KRETS3KRET"}',
        "Authorization: Bearer S3KRETS3KRET",
        "X-MBX-APIKEY: S3KRETS3KRET",
        "-----BEGIN RSA PRIVATE KEY-----\nS3KRETS3KRET\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_masked_though_nobody_named_it(text: str) -> None:
    assert "S3KRET" not in Redactor().mask(text)


def test_ordinary_words_stay_readable() -> None:
    text = "account alpha-1: 3 orders at https://api.x.com/v1?symbol=BTC%2FUSDT, secret found, token missing"
    assert Redactor().mask(text) == text


@pytest.mark.expected_logs("two and its arguments do not fit|two %s")
def test_a_record_whose_arguments_do_not_fit_is_told_without_them(tmp_path: Path) -> None:
    set_up_logging(tmp_path, terminal=io.StringIO())
    # Past pytest's own handlers, which would raise for it.
    record = log.makeRecord(log.name, logging.WARNING, __file__, 1, "two %s %s", ("S3KRET",), None)
    for handler in logging.getLogger().handlers:
        if getattr(handler, "is_scrams", False):
            handler.handle(record)
    log.handle(record)
    assert "two %s %s (its arguments do not fit)" in (tmp_path / FILE_NAME).read_text()


@pytest.mark.expected_logs("the log file .* cannot be written")
def test_a_file_that_cannot_be_opened_is_told_and_stops_nothing(tmp_path: Path) -> None:
    terminal = io.StringIO()
    set_up_logging(tmp_path / "none", terminal=terminal)
    assert "cannot be written" in terminal.getvalue()


def test_the_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrams_log, "FILE_BYTES", 2_000)
    set_up_logging(tmp_path, terminal=io.StringIO())
    for number in range(1_000):
        log.info("line %d", number)
    files = list(tmp_path.iterdir())
    assert len(files) == scrams_log.FILES_KEPT
    assert sum(path.stat().st_size for path in files) <= 2_000 * scrams_log.FILES_KEPT


def test_set_up_twice_writes_once(tmp_path: Path) -> None:
    for _ in range(2):
        set_up_logging(tmp_path, terminal=io.StringIO())
    log.info("once")
    assert (tmp_path / FILE_NAME).read_text().count("once") == 1


def test_ccxt_does_not_log_its_requests() -> None:
    set_up_logging(None, level=logging.DEBUG, terminal=io.StringIO())
    assert not logging.getLogger("ccxt.base.exchange").isEnabledFor(logging.DEBUG)
