"""The Python that has the sentence-transformers library, and models that only the library serves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from reference_answers import ROOT, model_folder

_VARIABLE = "AKIDB_TEST_LIBRARY_PYTHON"


def library_python() -> str:
    """The interpreter; skips the test where there is none."""
    if find_spec("sentence_transformers") is not None:
        return sys.executable
    python = os.environ.get(_VARIABLE) or str(ROOT / ".setup" / "sentence-transformers" / "bin" / "python3")
    if not Path(python).exists():
        pytest.skip(f"no sentence-transformers: not in {sys.executable}, nor in {python}, where scripts/setup --test puts it")
    return python


def make_models(folder: Path) -> None:
    """Makes the models of ``make_library_models.py`` in the folder."""
    script = Path(__file__).with_name("make_library_models.py")
    tokenizer = model_folder("tiny-bert-cls") / "tokenizer.json"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    subprocess.run([library_python(), str(script), str(tokenizer), str(folder)], env=environment, check=True, capture_output=True)


def answers(folder: Path, name: str) -> list[dict[str, Any]]:
    """What the library itself answers for a model that was made."""
    found: list[dict[str, Any]] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


def library_load(folder: Path, **changes: Any) -> dict[str, Any]:
    """A load message for the library, as the host would send it for this folder."""
    weights = [str(path) for path in sorted(folder.rglob("*.safetensors"))]
    model = {"architecture": "sentence-transformers", "folder": str(folder), "weights": weights}
    return {
        "type": "load",
        "id": 1,
        "protocol": 1,
        "model": model,
        "device": "cpu",
        "dtype": "auto",
        "threads": 1,
        "batch_tokens": 512,
        **changes,
    }
