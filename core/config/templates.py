"""The profiles that come with Scram: one TOML file each in resources/profiles, read like any other."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING

from core.config.limits import LimitTerms, ProfileConfig
from core.domain import Severity
from core.ladder import Response, response_to

if TYPE_CHECKING:
    from core.config.model import Config


@functools.cache
def template_names() -> frozenset[str]:
    """Told by the files' names, without reading them."""
    return frozenset(_files())


@functools.cache
def templates() -> Mapping[str, ProfileConfig]:
    return {
        name: ProfileConfig.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        for name, file in sorted(_files().items())
    }


@dataclass(frozen=True, slots=True)
class ProfileTerms:
    """One limit of a profile, with what it has from those that the profile is based on."""

    terms: LimitTerms
    profile: str
    """In which it is written."""
    shipped: bool
    """It comes with Scram, and is not in the file."""


def terms_of_profile(name: str, config: Config) -> tuple[ProfileTerms, ...]:
    """Every limit of a profile of the file or of those that come along, with those of what it is based on.

    A profile of the file stands before a template of the same name, and may be based on it.
    """
    own = {profile.name: profile for profile in config.profiles}
    found: dict[tuple[str, float], ProfileTerms] = {}
    policy: Mapping[Severity, Response] = {}
    at: str | None = name
    while at is not None:
        written = own.pop(at, None)
        profile = written or templates()[at]
        for terms in profile.limits:
            found.setdefault((terms.metric, terms.change_over_s), ProfileTerms(terms, at, shipped=written is None))
        policy = policy or profile.policy
        at = profile.based_on
    return tuple(replace(row, terms=_with_policy(row.terms, policy)) for row in found.values())


def limits_of_profile(name: str, config: Config) -> tuple[LimitTerms, ...]:
    return tuple(row.terms for row in terms_of_profile(name, config))


def _with_policy(terms: LimitTerms, policy: Mapping[Severity, Response]) -> LimitTerms:
    """The profile's policy where the limit has none of its own: at each threshold that of the next milder severity."""
    if "policy" in terms.model_fields_set:
        return terms
    asked = {level: response_to(policy, level) for level in terms.thresholds}
    given = {level: response for level, response in asked.items() if response is not None}
    return terms.model_copy(update={"policy": given}) if given else terms


def _files() -> dict[str, resources.abc.Traversable]:
    try:
        folder = resources.files("resources").joinpath("profiles")
    except ModuleNotFoundError:
        return {}
    if not folder.is_dir():
        return {}
    return {file.name.removesuffix(".toml"): file for file in folder.iterdir() if file.name.endswith(".toml")}
