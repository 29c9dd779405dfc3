"""The alarm sounds are what their generator makes, and nothing else."""

from __future__ import annotations

import importlib.util
import struct
import wave
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scram_sounds", ROOT / "packaging" / "sounds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def samples(path: Path) -> tuple[int, ...]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22_050)
        return struct.unpack(f"<{file.getnframes()}h", file.readframes(file.getnframes()))


def test_the_files_are_what_the_generator_makes(generator: ModuleType, tmp_path: Path) -> None:
    made = generator.write(tmp_path)
    kept = sorted((ROOT / "resources" / "sounds").iterdir())
    assert [path.name for path in kept] == sorted(path.name for path in made)
    for path in made:
        here, there = samples(path), samples(ROOT / "resources" / "sounds" / path.name)
        # The last bit of a sine is the platform's.
        assert len(here) == len(there)
        assert max(abs(one - other) for one, other in zip(here, there, strict=True)) <= 1


def test_they_are_short_and_neither_silent_nor_cut_off(generator: ModuleType) -> None:
    for tones in generator.SOUNDS.values():
        made = generator.samples(tones)
        assert 0.3 < len(made) / generator.RATE < 1.5
        assert 8_000 < max(map(abs, made)) < 32_767
        assert abs(made[0]) < 200
        assert abs(made[-1]) < 200
