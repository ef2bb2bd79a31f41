"""Makes model folders with random weights that only the sentence-transformers library serves, and what it answers for them.

    python make_library_models.py TOKENIZER.JSON FOLDER

Writes a folder per model, and ``NAME.json``: a list of ``{"prompt", "text", "vector", "tokens"}``. Needs the library.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Dense, Normalize, Pooling, StaticEmbedding, Transformer
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, PreTrainedModel, PreTrainedTokenizerFast

TEXTS = ["", "A short text.", "größe 東京", "  spaces  around  ", "one two three four five six seven eight nine ten eleven twelve " * 3]
PROMPTS = {"query": "query: ", "none": ""}


def transformer(folder: Path, tokenizer: str, model: PreTrainedModel, max_tokens: int) -> Transformer:
    """Saves a bare transformer, and reads it as sentence-transformers does."""
    bare = folder.with_name(f"{folder.name}-bare")
    model.save_pretrained(bare)
    inputs = ["input_ids", "attention_mask"]
    special = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    PreTrainedTokenizerFast(tokenizer_file=tokenizer, model_input_names=inputs, **special).save_pretrained(bare)
    return Transformer(str(bare), max_seq_length=max_tokens)


def dense(folder: Path, tokenizer: str, vocabulary: int) -> SentenceTransformer:
    """BERT, the mean, a dense layer, a normalisation."""
    config = BertConfig(vocab_size=vocabulary, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64)
    first = transformer(folder, tokenizer, BertModel(config), 64)
    return SentenceTransformer(modules=[first, Pooling(32, "mean"), Dense(32, 16), Normalize()], device="cpu")


def two_poolings(folder: Path, tokenizer: str, vocabulary: int) -> SentenceTransformer:
    """DistilBERT, two poolings side by side without the prompt's tokens, an activation that we have not, prompts, few tokens."""
    config = DistilBertConfig(vocab_size=vocabulary, dim=24, n_layers=2, n_heads=4, hidden_dim=48)
    first = transformer(folder, tokenizer, DistilBertModel(config), 16)
    pooling = Pooling(24, pooling_mode_cls_token=True, pooling_mode_mean_tokens=True, include_prompt=False)
    dense = Dense(48, 24, activation_function=torch.nn.Softsign())
    return SentenceTransformer(modules=[first, pooling, dense], device="cpu", prompts=PROMPTS, default_prompt_name="query")


def static(tokenizer: str) -> SentenceTransformer:
    """A table of vectors, without a maximum of tokens."""
    return SentenceTransformer(modules=[StaticEmbedding(Tokenizer.from_file(tokenizer), embedding_dim=16)], device="cpu")


def save_static(target: Path, tokenizer: str) -> None:
    folder = target / "static"
    static(tokenizer).save(str(folder), safe_serialization=True)
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    answers = [
        {
            "text": text,
            "vector": model.encode([text])[0].tolist(),
            "tokens": len(model.tokenizer.encode(text, add_special_tokens=False).ids),
        }
        for text in TEXTS
    ]
    (target / "static.json").write_text(json.dumps(answers), encoding="utf-8")


def main(tokenizer: str, target: str) -> None:
    torch.manual_seed(7)
    save_static(Path(target), tokenizer)
    vocabulary = len(json.loads(Path(tokenizer).read_text(encoding="utf-8"))["model"]["vocab"])
    for make in (dense, two_poolings):
        name = make.__name__.replace("_", "-")
        folder = Path(target) / name
        made = make(folder, tokenizer, vocabulary)
        made.save(str(folder), safe_serialization=True)
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        answers = [
            {
                "prompt": prompt,
                "text": text,
                "vector": model.encode([text], prompt=prompt)[0].tolist(),
                "tokens": len(model.tokenizer(prompt + text, truncation=True)["input_ids"]),
            }
            for prompt in PROMPTS.values()
            for text in TEXTS
        ]
        (Path(target) / f"{name}.json").write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
