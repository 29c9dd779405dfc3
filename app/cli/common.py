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
