"""Models that leave the prompt's tokens out of the pooling (``include_prompt``: false): ``tests/data/reference/prompts.json``.

Of what the library answers, eight components of each text are kept. Where tokens are left out, one more than the last id of the
vocabulary stands behind them, as it does in the batches of an engine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from reference_answers import REFERENCE, model_folder
from variants import Variant

JSON = REFERENCE / "prompts.json"
ROWS = REFERENCE / "prompts.f32"
COMPONENTS = 8
SINGLE = ("cls", "mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
POOLINGS = (*SINGLE, "+".join(SINGLE))

# No prompt, two of different lengths, and one of which nothing is left but what the tokeniser puts around it.
PROMPTS = ("", "query: ", "Represent the sentence for retrieval:", "of a length that no text has room beside " * 6)
TEXTS = ("", "A short text.", "More words than the model takes, which is why the last ones are cut off. " * 4)
PAIRS = [(prompt, text) for prompt in PROMPTS for text in TEXTS]

_FLAGS = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken")
_NO_FLAGS = {f"pooling_mode_{name}": None for name in _FLAGS}
_MOST = 32
MODELS: dict[str, dict[str, dict[str, Any]]] = {
    "tiny-bert-cls": {"sentence_bert_config.json": {"max_seq_length": _MOST}},
    "tiny-xlm-roberta": {"sentence_bert_config.json": {"max_seq_length": _MOST}},
    "tiny-qwen3": {"tokenizer_config.json": {"model_max_length": _MOST}},
    "tiny-modernbert": {"sentence_bert_config.json": {"max_seq_length": _MOST}},
}


@dataclass(frozen=True)
class PromptCase:
    """A model with a pooling."""

    model: str
    pooling: str

    @property
    def name(self) -> str:
        return f"{self.model}.{self.pooling}"

    def write(self, folder: Path) -> Path:
        """Makes its folder."""
        pooling = {**_NO_FLAGS, "pooling_mode": self.pooling.split("+"), "include_prompt": False}
        files = {**MODELS[self.model], "1_Pooling/config.json": pooling}
        return Variant(self.name, self.model, files, (), 0).write(folder)

    def ids(self) -> list[list[int]]:
        """The tokens of its texts, with the marks."""
        found: list[list[int]] = json.loads(JSON.read_text(encoding="utf-8"))["ids"][self.model]
        return found

    def vocabulary_size(self) -> int:
        """The ids that are tokens."""
        return int(json.loads((model_folder(self.model) / "config.json").read_text())["vocab_size"])

    def expected(self) -> npt.NDArray[np.float32]:
        """What is kept of the library's answer."""
        kept = np.fromfile(ROWS, dtype="<f4").reshape(-1, len(PAIRS), COMPONENTS)
        found: npt.NDArray[np.float32] = kept[CASES.index(self)]
        return found


CASES = [PromptCase(model, pooling) for model in MODELS for pooling in POOLINGS]


def sampled(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The components that are kept."""
    return rows[:, :: rows.shape[1] // COMPONENTS][:, :COMPONENTS]
