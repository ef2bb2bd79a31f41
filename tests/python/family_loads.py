"""Load requests for the families of models that people use, as the host sends them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reference_answers import folder_members, max_tokens, model_folder

FAMILIES = {
    "tiny-distilbert": False,
    "tiny-gemma3": True,
    "tiny-gte-new": False,
    "tiny-gte-new-multilingual": True,
    "tiny-jina-bert": False,
    "tiny-labse": True,
    "tiny-modernbert": False,
    "tiny-nomic-bert": True,
    "tiny-qwen2": True,
}
"""Each with whether its vectors have length 1."""


def family_load(name: str, **changes: Any) -> dict[str, Any]:
    """A load message for the model with this name."""
    folder = model_folder(name)
    config = json.loads((folder / "config.json").read_text())
    pooling = json.loads((folder / "1_Pooling" / "config.json").read_text())
    mode = "lasttoken" if pooling["pooling_mode_lasttoken"] else "cls" if pooling["pooling_mode_cls_token"] else "mean"
    members = folder_members(folder, mode, **{"max_tokens": max_tokens(name), **_numbers(config), **changes})
    _add_modules(members["model"], folder)
    return members


def _numbers(config: dict[str, Any]) -> dict[str, Any]:
    layers = config.get("num_hidden_layers", 0)
    match config["model_type"]:
        case "modernbert":
            windows = [config["local_attention"] // 2 if layer % config["global_attn_every_n_layers"] else 0 for layer in range(layers)]
            return {
                "layer_norm_epsilon": config["norm_eps"],
                "biases": [],
                "rope_theta": config["global_rope_theta"],
                "local_rope_theta": config["local_rope_theta"],
                "windows": windows,
            }
        case "nomic_bert":
            return {
                "max_positions": config["n_positions"],
                "token_types": config["type_vocab_size"],
                "activation": "silu",
                "biases": ["norm"],
                "rope_theta": float(config["rotary_emb_base"]),
            }
        case "new":
            return {
                "prefix": "new." if config["architectures"] == ["NewForTokenClassification"] else "",
                "token_types": config["type_vocab_size"],
                "rope_theta": float(config["rope_theta"]),
                "rope_factor": config["rope_scaling"]["factor"],
            }
        case "gemma3_text":
            return {
                "head_size": config["head_dim"],
                "activation": "gelu_tanh",
                "causal": False,
                "score_scalar": float(config["query_pre_attn_scalar"]),
                "local_rope_theta": config["rope_local_base_freq"],
                "windows": [config["sliding_window"] // 2 if kind == "sliding_attention" else 0 for kind in config["layer_types"]],
            }
        case "qwen2":
            return {"head_size": config["hidden_size"] // config["num_attention_heads"]}
        case _:
            return {}


def _add_modules(model: dict[str, Any], folder: Path) -> None:
    modules = []
    for module in json.loads((folder / "modules.json").read_text())[2:]:
        if module["type"].endswith("Dense"):
            config = json.loads((folder / module["path"] / "config.json").read_text())
            modules.append(
                {
                    "type": "dense",
                    "inputs": config["in_features"],
                    "outputs": config["out_features"],
                    "file": str(folder / module["path"] / "model.safetensors"),
                    "bias": config["bias"],
                    "activation": config["activation_function"].rsplit(".", 1)[1].lower(),
                }
            )
    model["weights"] += [module["file"] for module in modules]
    if modules:
        model["modules"] = modules
