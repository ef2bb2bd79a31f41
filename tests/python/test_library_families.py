"""The families of models that people use, by the sentence-transformers library: right vectors, or a refusal; pytest -rP shows which.

Minutes: with ``scripts/test --long`` only.
"""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from library_python import library_load
from reference_answers import REFERENCE, model_folder, tolerance, vectors
from test_library_model import code_points, reference_texts, rows, worker

pytestmark = pytest.mark.skipif(not os.environ.get("AKIDB_TEST_LONG"), reason="It takes minutes: set AKIDB_TEST_LONG=1.")

EITHER_WAY = [
    "tiny-bert-unigram",
    "tiny-distilbert",
    "tiny-gemma3",
    "tiny-gte-new",
    "tiny-gte-new-multilingual",
    "tiny-jina-bert",
    "tiny-labse",
    "tiny-model2vec",
    "tiny-modernbert",
    "tiny-mpnet",
    "tiny-nomic-bert",
    "tiny-qwen2",
    "tiny-qwen3",
    "tiny-roberta",
    "tiny-static",
    "tiny-xlm-roberta",
    "tiny-xlm-roberta-bin",
]


@pytest.mark.parametrize("name", EITHER_WAY)
def test_family_gives_the_reference_vectors_or_is_refused(name: str) -> None:
    folder = model_folder(name)
    if not folder.exists():
        pytest.skip(f"The model {name} is not here: it lies in the folder 'shared' beside the checkout.")
    lines = (REFERENCE / "special.jsonl").read_text(encoding="utf-8").splitlines()
    expected = {name: reference_texts()}
    if name != "tiny-qwen3":
        expected[f"{name}.special"] = [json.loads(line)["text"] for line in lines]
    with worker() as process:
        answer = process.load(library_load(folder))
        if answer["type"] == "error":
            assert answer["kind"] == "bad_model", answer
            print(name, "is refused:", answer["message"])
            return
        for file, texts in expected.items():
            batches = [rows(process, [code_points(text) for text in texts[i : i + 32]]) for i in range(0, len(texts), 32)]
            # Version 4 of transformers reads a 'next line' as this folder's tokenizer.json says, version 5 and the reference do not.
            compared = [name != "tiny-bert-unigram" or "\x85" not in text for text in texts]
            difference = np.abs(np.concatenate(batches)[:, :-1] - vectors(file, len(texts)))[compared].max()
            print(file, f"differs by {difference:.1e} at most")
            assert difference <= tolerance(name)
