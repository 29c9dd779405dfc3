"""The machine's pip settings, told to uv, which reads none of pip's files."""

import configparser
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

_NAMES = (
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "cert",
    "client-cert",
    "trusted-host",
    "proxy",
    "timeout",
)


@dataclass(frozen=True)
class UvSettings:
    """pip's settings as variables and options for uv. URLs travel as variables: options show in process lists."""

    environment: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()


def pip_settings(environment: Mapping[str, str] = os.environ, files: Iterable[Path] | None = None) -> dict[str, str]:
    """The settings of `_NAMES` for `pip install`: later files outrank earlier ones, variables outrank files."""
    settings: dict[str, str] = {}
    if environment.get("PIP_CONFIG_FILE") != os.devnull:
        for file in _configuration_files(environment) if files is None else files:
            settings.update(_read(file))
    for name in _NAMES:
        value = environment.get("PIP_" + name.upper().replace("-", "_"))
        if value is None and name == "timeout":
            value = environment.get("PIP_DEFAULT_TIMEOUT")
        if value is not None:
            settings[name] = value
    return {name: value.strip() for name, value in settings.items() if value.strip()}


def uv_settings(
    settings: Mapping[str, str], environment: Mapping[str, str] = os.environ, *, extras: bool = True
) -> UvSettings:
    """pip's settings in uv's terms; what was set for uv itself stays, `extras=False` leaves out additional sources."""
    translated: dict[str, str] = {}
    options: list[str] = []
    if "index-url" in settings and "UV_INDEX_URL" not in environment:
        translated["UV_DEFAULT_INDEX"] = settings["index-url"]
    if extras:
        _translate_extras(settings, environment, translated, options)
    if "trusted-host" in settings:
        translated["UV_INSECURE_HOST"] = " ".join(settings["trusted-host"].split())
    if "cert" in settings:
        translated["SSL_CERT_FILE"] = settings["cert"]
    if "client-cert" in settings:
        translated["SSL_CLIENT_CERT"] = settings["client-cert"]
    if "timeout" in settings:
        translated["UV_HTTP_TIMEOUT"] = str(int(float(settings["timeout"])))
    if "proxy" in settings:
        translated.update(dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), settings["proxy"]))
    kept = {name: value for name, value in translated.items() if not environment.get(name)}
    return UvSettings(kept, tuple(options))


def _translate_extras(
    settings: Mapping[str, str], environment: Mapping[str, str], translated: dict[str, str], options: list[str]
) -> None:
    indexes = [url for url in settings.get("extra-index-url", "").split() if _is_there(url)]
    links = [place for place in settings.get("find-links", "").split() if _is_there(place)]
    if indexes and "UV_EXTRA_INDEX_URL" not in environment:
        translated["UV_INDEX"] = " ".join(indexes)
        # uv stops at the first index that knows a name, pip looks in all of them. The lock's hashes decide.
        translated["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if links:
        translated["UV_FIND_LINKS"] = ",".join(links)
    if settings.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        options.append("--no-index")


def _is_there(place: str) -> bool:
    """Whether a source can be read at all: pip passes over a local folder that is missing, uv stops at it."""
    parts = urlsplit(place)
    if parts.scheme == "file":
        return Path(unquote(parts.path)).exists()
    if parts.scheme and len(parts.scheme) > 1:
        return True
    return Path(place).expanduser().exists()


def _configuration_files(environment: Mapping[str, str]) -> list[Path]:
    home = Path(environment.get("HOME") or Path.home())
    if sys.platform == "win32":
        folders = [environment.get("PROGRAMDATA"), str(home), environment.get("APPDATA")]
        found = [Path(folder) / "pip" / "pip.ini" for folder in folders if folder]
    elif sys.platform == "darwin":
        found = [
            Path("/Library/Application Support/pip/pip.conf"),
            home / ".pip/pip.conf",
            home / ".config/pip/pip.conf",
            home / "Library/Application Support/pip/pip.conf",
        ]
    else:
        shared = environment.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        own = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
        found = [Path(folder) / "pip/pip.conf" for folder in reversed(shared.split(":")) if folder]
        found += [Path("/etc/pip.conf"), home / ".pip/pip.conf", own / "pip/pip.conf"]
    if chosen := environment.get("PIP_CONFIG_FILE"):
        found.append(Path(chosen))
    return found


def _read(file: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return {}  # pip itself will complain where it matters
    found: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            found.update({name.replace("_", "-"): value for name, value in parser.items(section)})
    return {name: value for name, value in found.items() if name in _NAMES}
