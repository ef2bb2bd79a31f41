"""Writes ``tests/data/reference/variants.f32``: what the sentence-transformers library answers for each variant.

    LIBRARY-PYTHON make_variant_references.py

Needs transformers 5 for all of them. In float64, one text at a time; of each vector the components that are kept.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from reference_answers import REFERENCE
from sentence_transformers import SentenceTransformer
from variants import TEXTS, VARIANTS, sampled


def main() -> None:
    lines = (REFERENCE / "texts.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(lines[text])["text"] for text in TEXTS]
    kept = []
    for variant in VARIANTS:
        with tempfile.TemporaryDirectory() as name:
            folder = variant.write(Path(name))
            options = {"torch_dtype": torch.float32, "attn_implementation": "eager"}
            model = SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs=options).double()
            rows = np.concatenate([model.encode([text], prompt="") for text in texts])
        kept.append(sampled(rows).astype("<f4"))
        print(variant.name, rows.shape, flush=True)
    (REFERENCE / "variants.f32").write_bytes(np.concatenate(kept).tobytes())


if __name__ == "__main__":
    main()
