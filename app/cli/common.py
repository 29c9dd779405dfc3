"""What several commands need."""

from __future__ import annotations

from pathlib import Path

from core.errors import ConfigError
from core.places import Places


def config_path(given: Path | None, places: Places) -> Path:
    """The configuration file to use; raises ConfigError where none was named and none is in its usual place."""
    path = given or places.config
    if given is None and not path.exists():
        raise ConfigError(
            f"there is no configuration at {path}; copy the sample (resources/samples/scram.toml) there, "
            "or name a file with --config, or try `scram demo`"
        )
    return path


def in_seconds(milliseconds: float) -> str:
    """`1.9 s`, `620 s`."""
    seconds = milliseconds / 1000.0
    return f"{seconds:.1f} s" if seconds < 99.95 else f"{seconds:.0f} s"
