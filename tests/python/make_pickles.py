"""Writes ``tests/data/pickles``: what ``torch.save`` makes of a few tensors, in the format of today and in that before PyTorch 1.6.

Run it where torch is, only when a case is added. The host's tests know the values: element i of a tensor is i, in the
order of its own indices.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import torch

FOLDER = Path(__file__).resolve().parents[1] / "data" / "pickles"


def counted(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.arange(torch.Size(shape).numel()).reshape(shape).to(dtype)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    shared = counted(4, 3)
    tensors: OrderedDict[str, torch.Tensor] = OrderedDict(
        {
            "half": counted(5, dtype=torch.float16),
            "bfloat": counted(2, 2, dtype=torch.bfloat16),
            "long": counted(1, 6, dtype=torch.int64),
            "flag": torch.tensor([False, True]),
            "scalar": counted(1)[0],
            "nothing": torch.zeros(0, 3),
            "transposed": counted(3, 4).t().contiguous().t(),
            "tied": shared,
            "tied.too": shared,
            "part": torch.cat([torch.zeros(2, 3), counted(2, 3)])[2:],
            "parameter": torch.nn.Parameter(counted(2, 3)),
        }
    )
    setattr(tensors, "_metadata", OrderedDict({"": {"version": 1}}))  # noqa: B010 - as modules have it.
    torch.save(tensors, FOLDER / "new.bin")
    torch.save(tensors, FOLDER / "old.bin", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
