"""`scram evidence`: what a stop can show for itself, as a file; and whether such a file is what was signed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import typer

from core.clock import SystemClock
from core.domain import EvidenceFormat
from core.engine.unaided import desk_latches
from core.errors import ConfigError
from core.halt.evidence.export import EvidenceStore, write_export
from core.halt.evidence.signing import fingerprint, verify
from core.places import find_places

VALID, NOT_VALID = 0, 3


def export_evidence(home: Path | None, *, halt_id: str, form: EvidenceFormat, out: Path) -> int:
    store = _store(home)
    write_export(out, store.export(halt_id, form, SystemClock().now()))
    typer.echo(f"The evidence of stop {halt_id} is in {out}.")
    if form is EvidenceFormat.SIGNED:
        typer.echo(f"It is signed with the key {store.keys.own()}.")
    return 0


def verify_evidence(home: Path | None, *, file: Path, key: str | None, as_json: bool) -> int:
    """Against `key`, or without one against this installation's own."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None
    own = _store(home).keys.own()
    verdict = verify(data, [known for known in (key or own,) if known])
    if as_json:
        answer = {
            "valid": verdict.valid,
            "altered": verdict.altered.value,
            "words": verdict.words,
            "key": verdict.fingerprint,
            "signed_at": verdict.signed_at,
        }
        typer.echo(json.dumps(answer))
    else:
        typer.echo(f"{'valid' if verdict.valid else 'NOT VALID'}: {verdict.words}")
        typer.echo(f"altered: {verdict.altered.value}")
        if verdict.fingerprint:
            typer.echo(f"key: {verdict.fingerprint}")
    return VALID if verdict.valid else NOT_VALID


def show_key(home: Path | None) -> int:
    """Made where there is none yet: readers are told it before they need it."""
    typer.echo(fingerprint(_store(home).keys.private().public_key().public_bytes_raw()))
    return 0


def _store(home: Path | None) -> EvidenceStore:
    return EvidenceStore(desk_latches(find_places(home, os.environ)))
