"""Writes ``prompts.json`` and ``prompts.f32`` of ``tests/data/reference``: what the library makes of prompts that are not pooled.

    LIBRARY-PYTHON make_prompt_references.py

In float64, one text at a time; of each vector the components that are kept.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from prompt_cases import CASES, JSON, PAIRS, ROWS, sampled
from sentence_transformers import SentenceTransformer


def main() -> None:
    ids: dict[str, list[list[int]]] = {}
    kept = []
    for case in CASES:
        with tempfile.TemporaryDirectory() as name:
            folder = case.write(Path(name))
            options = {"torch_dtype": torch.float32, "attn_implementation": "eager"}
            model = SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs=options).double()
            rows = np.concatenate([model.encode([text], prompt=prompt) for prompt, text in PAIRS])
            ids[case.model] = [_marked(model, prompt, text, case.vocabulary_size()) for prompt, text in PAIRS]
        kept.append(sampled(rows).astype("<f4"))
        print(case.name, rows.shape, flush=True)
    lines = ",\n".join(f'"{model}": {json.dumps(tokens)}' for model, tokens in ids.items())
    pairs = json.dumps(PAIRS)
    names = json.dumps([[case.model, case.pooling] for case in CASES])
    JSON.write_text(f'{{"pairs": {pairs},\n"cases": {names},\n"ids": {{\n{lines}\n}}}}\n', encoding="utf-8")
    ROWS.write_bytes(np.concatenate(kept).tobytes())


def _marked(model: SentenceTransformer, prompt: str, text: str, mark: int) -> list[int]:
    features = model[0].preprocess([text], prompt=prompt)
    tokens: list[int] = features["input_ids"][0].tolist()
    skipped = features.get("prompt_length", 0)
    return [*tokens[:skipped], mark, *tokens[skipped:]] if skipped else tokens


if __name__ == "__main__":
    main()
