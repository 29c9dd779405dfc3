"""Writes packaging/run.lock, dev.lock and build.lock: every package with the hashes of all its files, and no host."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bootstrap.console import Problem, mask, reason, say
from bootstrap.environment import Environment
from bootstrap.pip_settings import pip_settings, uv_settings

_COOL_DOWN_DAYS = 7
_HOST = re.compile(r"://|^\s*--(?!hash)", re.MULTILINE)


def write(environment: Environment, options: Sequence[str]) -> None:
    """Resolve anew, keeping what is pinned unless `--upgrade` or `--upgrade-package NAME` is among the options."""
    uv = shutil.which("uv")
    if uv is None:
        raise Problem(
            "uv is needed to write the locks (not to use them): python3 -m pip install uv, in an environment of yours."
        )
    _compile(environment, uv, "dev", ["--extra", "dev", *options])
    # The same versions in all: what is tested is what runs, and what is packaged.
    constraint = ["--constraint", str(environment.lock("dev"))]
    _compile(environment, uv, "run", [*constraint, *options])
    _compile(environment, uv, "build", ["--extra", "build", *constraint, *options])


def _compile(environment: Environment, uv: str, lock: str, options: Sequence[str]) -> None:
    project = tomllib.loads((environment.root / "pyproject.toml").read_text("utf-8"))
    # A machine's own wheels and additional indexes stay out: their hashes would be nobody else's.
    settings = uv_settings(pip_settings(), extras=False)
    path = environment.lock(lock)
    say(f"writing {path.relative_to(environment.root)}")
    result = subprocess.run(
        [
            *(uv, "pip", "compile", "--no-config", "--quiet", "--universal", "--python-version", "3.11"),
            *(
                "--generate-hashes",
                "--no-annotate",
                "--no-python-downloads",
                "--no-emit-index-url",
                "--no-emit-find-links",
            ),
            *("--exclude-newer", (datetime.now(UTC) - timedelta(days=_COOL_DOWN_DAYS)).strftime("%Y-%m-%dT00:00:00Z")),
            *("--custom-compile-command", "python3 packaging/dev.py lock"),
            *("--output-file", str(path), *options, str(environment.root / "pyproject.toml"), "-"),
        ],
        # The editable install builds without isolation, so the build tools are pinned as well.
        input="\n".join(project["build-system"]["requires"]),
        text=True,
        capture_output=True,
        check=False,
        env=_clean_environment(settings.environment),
    )
    if result.returncode:
        raise Problem(
            f"{path.name} could not be written: {reason(result.stderr)}", mask(result.stderr).splitlines()[-12:]
        )
    _refuse_hosts(path)


def _clean_environment(additions: dict[str, str]) -> dict[str, str]:
    import os

    extra_sources = {"UV_FIND_LINKS", "UV_INDEX", "UV_EXTRA_INDEX_URL"}
    return {**{name: value for name, value in os.environ.items() if name not in extra_sources}, **additions}


def _refuse_hosts(path: Path) -> None:
    if found := _HOST.search(path.read_text("utf-8")):
        raise Problem(f"{path.name} names a place ({found[0].strip()}); locks must not.")
