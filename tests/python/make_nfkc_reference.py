"""Writes ``tests/data/reference/unicode/nfkc.jsonl``: what the reference `tokenizers` library's NFKC makes of texts.

Usage: python tests/python/make_nfkc_reference.py      (needs `pip install tokenizers`; run only when a case is added)

Every code point that the library changes is there, but for ideographs and Hangul, of which some are; between marks, letters
of Hangul and plain letters, so that what comes out must be put into order and composed again.
"""

from __future__ import annotations

import json
import random
import unicodedata
from pathlib import Path

from tokenizers import normalizers

TARGET = Path(__file__).resolve().parents[1] / "data" / "reference" / "unicode" / "nfkc.jsonl"
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
MANY_ALIKE = [range(0xAC00, 0xD7A4), range(0xF900, 0xFB00), range(0x2F800, 0x2FA20)]
MARKS = [c for c in CODE_POINTS if unicodedata.combining(chr(c))]
JAMO = [*range(0x1100, 0x1113), *range(0x1161, 0x1176), *range(0x11A8, 0x11C3)]
PLAIN = [*map(ord, "aeioukKnsSty .1"), 0x3B1, 0x3C9, 0x915, 0x30AB, 0x30CF, 0x1100]


def what_follows(dice: random.Random) -> str:
    drawn = dice.random()
    if drawn < 0.35:
        return "".join(chr(dice.choice(MARKS)) for _ in range(dice.randint(1, 3)))
    return chr(dice.choice(JAMO)) if drawn < 0.5 else chr(dice.choice(PLAIN)) if drawn < 0.7 else ""


def main() -> None:
    nfkc = normalizers.NFKC()
    dice = random.Random(24)
    changed = [c for c in CODE_POINTS if nfkc.normalize_str(chr(c)) != chr(c)]
    points = [c for c in changed if not any(c in alike for alike in MANY_ALIKE)] + dice.sample(changed, 600)
    dice.shuffle(points)
    with TARGET.open("w", encoding="ascii") as file:
        while points:
            text = "".join(chr(points.pop()) + what_follows(dice) for _ in range(min(len(points), dice.randint(4, 14))))
            file.write(json.dumps({"text": text, "nfkc": nfkc.normalize_str(text)}) + "\n")


if __name__ == "__main__":
    main()
