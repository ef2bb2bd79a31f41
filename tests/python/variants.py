"""Configurations that published models may have and the folders of the test data have not: ``tests/data/reference/variants.json``.

A variant is a folder of the test data with other members in some of its files; ``biases`` are linear layers that get a bias, made of the
first values of their weight. Of what the library answers, sixteen components of four texts are kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from reference_answers import REFERENCE, model_folder, token_ids

_FILE = json.loads((REFERENCE / "variants.json").read_text(encoding="utf-8"))
TEXTS: list[int] = _FILE["texts"]
COMPONENTS = 16
_WIDTHS = {"F32": 4, "F16": 2, "BF16": 2}


@dataclass(frozen=True)
class Variant:
    """One of them."""

    name: str
    model: str
    files: dict[str, dict[str, Any]]
    biases: tuple[str, ...]
    index: int

    def write(self, folder: Path) -> Path:
        """Makes its folder."""
        source = model_folder(self.model)
        for path in source.rglob("*"):
            if path.is_file():
                target = folder / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
        for file, members in self.files.items():
            content = json.loads((folder / file).read_text(encoding="utf-8"))
            content.update(members)
            # The library reads null and nothing in different ways.
            (folder / file).write_text(
                json.dumps({key: value for key, value in content.items() if members.get(key, "") is not None}), encoding="utf-8"
            )
        if self.biases:
            _add_biases(folder / "model.safetensors", self.biases)
        return folder

    def ids(self) -> list[list[int]]:
        """The tokens of its texts."""
        every = token_ids(self.model)
        return [every[text] for text in TEXTS]

    def expected(self) -> npt.NDArray[np.float32]:
        """What is kept of the library's answer."""
        kept = np.fromfile(REFERENCE / "variants.f32", dtype="<f4").reshape(-1, len(TEXTS), COMPONENTS)
        found: npt.NDArray[np.float32] = kept[self.index]
        return found


def sampled(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The components that are kept."""
    return rows[:, :: rows.shape[1] // COMPONENTS][:, :COMPONENTS]


VARIANTS = [
    Variant(item["name"], item["model"], item.get("files", {}), tuple(item.get("biases", ())), index)
    for index, item in enumerate(_FILE["variants"])
]


def _add_biases(file: Path, linears: tuple[str, ...]) -> None:
    content = file.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    body = content[start:]
    added = b""
    for name, entry in list(header.items()):
        if name.endswith(".weight") and name.split(".")[-2] in linears:
            size = entry["shape"][0] * _WIDTHS[entry["dtype"]]
            first = entry["data_offsets"][0]
            offset = len(body) + len(added)
            added += body[first : first + size]
            header[name.removesuffix("weight") + "bias"] = {**entry, "shape": entry["shape"][:1], "data_offsets": [offset, offset + size]}
    packed = json.dumps(header).encode()
    packed += b" " * (-len(packed) % 8)
    file.write_bytes(len(packed).to_bytes(8, "little") + packed + body + added)
