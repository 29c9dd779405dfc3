"""Makes the alarm sounds in resources/sounds, from nothing but sines: `python3 packaging/sounds.py`.

High is two tones that rise, critical three pairs that fall. Each tone swells and fades, so that nothing clicks.
"""

from __future__ import annotations

import math
import struct
import sys
import wave
from pathlib import Path

RATE = 22_050
"""Samples a second; mono, 16 bits."""
LOUDNESS = 0.6
SWELL_S = 0.012
OVERTONES = ((1, 0.7), (2, 0.2), (3, 0.1))
"""Multiple and part: a bare sine is lost in a room and on a laptop's speaker."""
FOLDER = Path(__file__).resolve().parents[1] / "resources" / "sounds"

# Frequency in hertz (0 is silence) and length in seconds, one after the other.
SOUNDS = {
    "high": ((660.0, 0.16), (0.0, 0.03), (880.0, 0.24)),
    "critical": ((988.0, 0.15), (740.0, 0.15), (0.0, 0.06)) * 3,
}


def samples(tones: tuple[tuple[float, float], ...]) -> list[int]:
    made: list[int] = []
    for hertz, seconds in tones:
        count = round(RATE * seconds)
        for number in range(count):
            at_s = number / RATE
            swell = min(1.0, at_s / SWELL_S, (seconds - at_s) / SWELL_S)
            value = sum(part * math.sin(2.0 * math.pi * hertz * step * at_s) for step, part in OVERTONES)
            made.append(round(32_767 * LOUDNESS * swell * value))
    return made


def write(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, tones in SOUNDS.items():
        made = samples(tones)
        path = folder / f"{name}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(struct.pack(f"<{len(made)}h", *made))
        paths.append(path)
    return paths


if __name__ == "__main__":
    for written in write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        print(written)
