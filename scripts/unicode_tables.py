"""Writes src/AkiDb.Bridge/Tokenizing/unicode.bin: what the reference `tokenizers` library does with each code point.

Usage: python scripts/unicode_tables.py      (needs `pip install tokenizers`; run only when the reference files change)

Classes come from tests/data/reference/unicode/*.tsv. What those files cannot tell, because they look at one code point at a time
(decompositions, combining classes, word characters), is asked of the library itself.
UnicodeTables.cs reads the result and says what each bit means.
"""

from __future__ import annotations

import struct
import unicodedata
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, models, normalizers

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "tests/data/reference/unicode"
TARGET = ROOT / "src/AkiDb.Bridge/Tokenizing/unicode.bin"

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)
BLOCK = 128
BERT_CLASSES = {"drop": 1, "space": 2, "punct": 3, "cjk": 4}
SPLIT_CLASSES = {"O": 0, "L": 1, "N": 2, "S": 3}

Mappings = dict[int, tuple[int, ...]]


def read_runs(name: str) -> dict[int, str]:
    """Returns what a reference file says, for every code point that it names."""
    words: dict[int, str] = {}
    for line in (REFERENCE / name).read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            first, last, word = line.split("\t")
            words.update(dict.fromkeys(range(int(first, 16), int(last, 16) + 1), word))
    return words


def changed_by(normalizer: normalizers.Normalizer) -> Mappings:
    """Returns what the normalizer makes of each single code point that it changes."""
    changed: Mappings = {}
    for c in CODE_POINTS:
        result = normalizer.normalize_str(chr(c))
        if result != chr(c):
            changed[c] = tuple(map(ord, result))
    return changed


def lower_cases(uncased: dict[int, str], decompositions: Mappings) -> Mappings:
    """Returns the library's lower case, where the reference file, made with a newer version, does not say otherwise."""
    lower = changed_by(normalizers.Lowercase())
    for c, word in uncased.items():
        if word.startswith("map:") and c not in decompositions and c not in lower:
            lower[c] = tuple(int(x, 16) for x in word.removeprefix("map:").split() if x != "punct")
    return lower


def compatibility(decompositions: Mappings) -> Mappings:
    """Returns the compatibility decompositions, where they are not the canonical ones."""
    return {c: parts for c, parts in changed_by(normalizers.NFKD()).items() if parts != decompositions.get(c)}


def combining_classes(decompositions: Mappings) -> dict[int, int]:
    """Returns the classes that the library orders marks by: today's, where its older tables know the mark at all."""
    nfd = normalizers.NFD()
    classes: dict[int, int] = {}
    for c in set(CODE_POINTS) - decompositions.keys():
        overlay_moves = nfd.normalize_str(chr(c) + "\u0334")[0] == "\u0334"
        moves_before_iota = nfd.normalize_str("\u0345" + chr(c))[-1] == "\u0345"
        if overlay_moves or moves_before_iota:
            classes[c] = unicodedata.combining(chr(c))
            assert classes[c] > 0, hex(c)
    return classes


def compositions(decompositions: Mappings) -> dict[tuple[int, int], int]:
    """Returns the pairs that the library composes, Hangul (which is arithmetic) left out."""
    nfc = normalizers.NFC()
    pairs: dict[tuple[int, int], int] = {}
    for c, parts in decompositions.items():
        if c in HANGUL or len(parts) < 2 or nfc.normalize_str(chr(c)) != chr(c):
            continue
        first = nfc.normalize_str("".join(map(chr, parts[:-1])))
        assert len(first) == 1, hex(c)
        assert nfc.normalize_str(first + chr(parts[-1])) == chr(c), hex(c)
        pairs[ord(first), parts[-1]] = c
    return pairs


def word_characters() -> set[int]:
    """Returns what the library takes for a part of a word when it looks at the neighbours of an added token."""
    tokenizer = Tokenizer(models.WordLevel({"x": 0}, unk_token="x"))
    tokenizer.add_tokens([AddedToken("<t>", single_word=True, normalized=False)])
    token = tokenizer.token_to_id("<t>")
    return {c for c in CODE_POINTS if token not in tokenizer.encode(chr(c) + "<t>").ids}


def trie(values: dict[int, int]) -> tuple[list[int], list[int]]:
    """Returns the two stages of a look-up by code point: where each block's values start, and the values."""
    seen: dict[tuple[int, ...], int] = {}
    stage1: list[int] = []
    stage2: list[int] = []
    for start in range(0, 0x110000, BLOCK):
        block = tuple(values.get(c, 0) for c in range(start, start + BLOCK))
        if block not in seen:
            seen[block] = len(stage2) // BLOCK
            stage2.extend(block)
        stage1.append(seen[block])
    return stage1, stage2


def main() -> None:
    uncased, cased, split = (read_runs(f"{name}.tsv") for name in ("bert-uncased", "bert-cased", "qwen"))
    decompositions = changed_by(normalizers.NFD())
    composed = changed_by(normalizers.NFC())
    lower = lower_cases(uncased, decompositions)
    accents = changed_by(normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False))
    classes = combining_classes(decompositions)
    ranks = {value: rank for rank, value in enumerate(sorted({0, *classes.values()}))}
    assert len(ranks) <= 64
    pairs = compositions(decompositions)
    may_compose = {second for _, second in pairs} | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    words = word_characters()

    properties: dict[int, int] = {}
    for c in CODE_POINTS:
        properties[c] = (
            BERT_CLASSES.get(cased.get(c, ""), 0)
            | (accents.get(c) == ()) << 3
            | SPLIT_CLASSES[split.get(c, "O")[0]] << 4
            | (c in composed or c in may_compose) << 6
            | (c in decompositions) << 7
            | (c in lower) << 8
            | (c in words) << 9
            | ranks[classes.get(c, 0)] << 10
        )
    # A lone surrogate is read as U+FFFD before any look-up.

    pool = [0]
    index: dict[int, int] = {}
    for c in sorted((decompositions.keys() | lower.keys()) - set(HANGUL)):
        index[c] = len(pool)
        parts, small = decompositions.get(c, ()), lower.get(c, ())
        pool += [len(parts) | len(small) << 8, *parts, *small]

    compatible_index: dict[int, int] = {}
    for c, parts in sorted(compatibility(decompositions).items()):
        compatible_index[c] = len(pool)
        pool += [len(parts), *parts]

    property_trie, mapping_trie, compatible_trie = trie(properties), trie(index), trie(compatible_index)
    counts = (len(property_trie[1]), len(mapping_trie[1]), len(compatible_trie[1]), len(pool), len(pairs))
    with TARGET.open("wb") as file:
        file.write(struct.pack("<5I", *counts))
        for values in (*property_trie, *mapping_trie, *compatible_trie):
            file.write(struct.pack(f"<{len(values)}H", *values))
        file.write(struct.pack(f"<{len(pool)}I", *pool))
        for (first, second), whole in sorted(pairs.items()):
            file.write(struct.pack("<3I", first, second, whole))
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size:,} bytes; values, mappings, compatible mappings, pool, pairs = {counts}")


if __name__ == "__main__":
    main()
