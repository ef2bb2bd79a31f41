"""The forward pass of a model folder in float64, straight from its files, with nothing of the worker's code.

It is slow, takes one text at a time and reads ``config.json`` itself. Angles, cosines and sines are made in float32, as the reference does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

_TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_SELU = (1.6732632423543772, 1.0507009873554805)

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": lambda x: 0.5 * x * (1 + torch.erf(x / math.sqrt(2))),
    "gelu_10": lambda x: (0.5 * x * (1 + torch.erf(x / math.sqrt(2)))).clamp(-10, 10),
    "gelu_new": lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "hardswish": lambda x: x * (x + 3).clamp(0, 6) / 6,
    "leaky_relu": lambda x: torch.where(x > 0, x, 0.01 * x),
    "mish": lambda x: x * torch.tanh(torch.log1p(torch.exp(x))),
    "quick_gelu": lambda x: x / (1 + torch.exp(-1.702 * x)),
    "relu2": lambda x: x.clamp(min=0).square(),
    "relu6": lambda x: x.clamp(0, 6),
    "silu": lambda x: x / (1 + torch.exp(-x)),
    "ELU": lambda x: torch.where(x > 0, x, torch.exp(x) - 1),
    "SELU": lambda x: _SELU[1] * torch.where(x > 0, x, _SELU[0] * (torch.exp(x) - 1)),
    "Softplus": lambda x: torch.log1p(torch.exp(x)),
    "Identity": lambda x: x,
    "Tanh": torch.tanh,
}
ACTIVATIONS.update({"gelu_pytorch_tanh": ACTIVATIONS["gelu_new"], "Mish": ACTIVATIONS["mish"], "LeakyReLU": ACTIVATIONS["leaky_relu"]})
ACTIVATIONS.update({"ReLU6": ACTIVATIONS["relu6"], "Hardswish": ACTIVATIONS["hardswish"]})


def read_tensors(file: Path) -> dict[str, Tensor]:
    """Every tensor of a safetensors file, in float64."""
    content = file.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:start]).items():
        if name != "__metadata__" and entry["dtype"] in _TYPES:
            first, last = entry["data_offsets"]
            values = torch.frombuffer(bytearray(content[start + first : start + last]), dtype=_TYPES[entry["dtype"]])
            tensors[name.removeprefix("model.")] = values.view(entry["shape"]).double()
    return tensors


def frequencies(rope: dict[str, Any], theta: float, size: int, positions: int) -> tuple[Tensor, float]:
    """Of each pair of a head's components, and what cosines and sines are multiplied with."""
    plain = 1.0 / theta ** (torch.arange(0, size, 2, dtype=torch.float32) / size)
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "default":
        return plain, 1.0
    factor = rope["factor"]
    if kind == "linear":
        return plain / factor, 1.0
    assert kind == "yarn"
    trained = rope.get("original_max_position_embeddings", positions)

    def pair_that_turns(times: float) -> float:
        return size * math.log(trained / (times * 2 * math.pi)) / (2 * math.log(theta))

    low, high = pair_that_turns(rope.get("beta_fast", 32)), pair_that_turns(rope.get("beta_slow", 1))
    if rope.get("truncate", True):
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, size - 1)
    slowed = ((torch.arange(size // 2, dtype=torch.float32) - low) / max(high - low, 0.001)).clamp(0, 1)

    def magnitude(scale: float) -> float:
        return 0.1 * scale * math.log(factor) + 1

    own = magnitude(rope["mscale"]) / magnitude(rope["mscale_all_dim"]) if "mscale" in rope else magnitude(1)
    return plain / factor * slowed + plain * (1 - slowed), rope.get("attention_factor", own)


def _rotations(found: tuple[Tensor, float], length: int) -> tuple[Tensor, Tensor]:
    angles = torch.outer(torch.arange(length, dtype=torch.float32), found[0]).repeat(1, 2)
    return (angles.cos() * found[1]).double(), (angles.sin() * found[1]).double()


def _turned(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    half = x.shape[-1] // 2
    return x * rotation[0] + torch.cat((-x[..., half:], x[..., :half]), -1) * rotation[1]


def _attended(q: Tensor, k: Tensor, v: Tensor, scale: float, seen: Tensor) -> Tensor:
    shared = q.shape[0] // k.shape[0]
    k, v = k.repeat_interleave(shared, 0), v.repeat_interleave(shared, 0)
    scores = (q @ k.transpose(1, 2) * scale).masked_fill(~seen, -math.inf)
    return (torch.softmax(scores, -1) @ v).transpose(0, 1).flatten(1)


class _Form:
    def __init__(self, folder: Path) -> None:
        self.config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.tensors = read_tensors(folder / "model.safetensors")

    def linear(self, x: Tensor, name: str) -> Tensor:
        return F.linear(x, self.tensors[f"{name}.weight"], self.tensors.get(f"{name}.bias"))

    def layer_norm(self, x: Tensor, name: str, epsilon: float) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], self.tensors[f"{name}.weight"], self.tensors.get(f"{name}.bias"), epsilon)

    def heads(self, x: Tensor, size: int) -> Tensor:
        return x.view(x.shape[0], -1, size).transpose(0, 1)


class _Bert(_Form):
    def __call__(self, ids: list[int]) -> Tensor:
        c = self.config
        count, epsilon = c["num_attention_heads"], c["layer_norm_eps"]
        size = c["hidden_size"] // count
        x = self.tensors["embeddings.word_embeddings.weight"][ids] + self.tensors["embeddings.token_type_embeddings.weight"][0]
        x = self.layer_norm(x + self.tensors["embeddings.position_embeddings.weight"][: len(ids)], "embeddings.LayerNorm", epsilon)
        all_seen = torch.ones(len(ids), len(ids), dtype=torch.bool)
        for layer in range(c["num_hidden_layers"]):
            at = f"encoder.layer.{layer}."
            q, k, v = (self.heads(self.linear(x, f"{at}attention.self.{part}"), size) for part in ("query", "key", "value"))
            context = self.linear(_attended(q, k, v, size**-0.5, all_seen), at + "attention.output.dense")
            x = self.layer_norm(x + context, at + "attention.output.LayerNorm", epsilon)
            inner = ACTIVATIONS[c["hidden_act"]](self.linear(x, at + "intermediate.dense"))
            x = self.layer_norm(x + self.linear(inner, at + "output.dense"), at + "output.LayerNorm", epsilon)
        return x


class _DistilBert(_Form):
    def __call__(self, ids: list[int]) -> Tensor:
        c = self.config
        epsilon, size = 1e-12, c["dim"] // c["n_heads"]
        x = self.tensors["embeddings.word_embeddings.weight"][ids] + self.tensors["embeddings.position_embeddings.weight"][: len(ids)]
        x = self.layer_norm(x, "embeddings.LayerNorm", epsilon)
        all_seen = torch.ones(len(ids), len(ids), dtype=torch.bool)
        for layer in range(c["n_layers"]):
            at = f"transformer.layer.{layer}."
            q, k, v = (self.heads(self.linear(x, f"{at}attention.{part}_lin"), size) for part in "qkv")
            x = self.layer_norm(
                x + self.linear(_attended(q, k, v, size**-0.5, all_seen), at + "attention.out_lin"), at + "sa_layer_norm", epsilon
            )
            inner = ACTIVATIONS[c["activation"]](self.linear(x, at + "ffn.lin1"))
            x = self.layer_norm(x + self.linear(inner, at + "ffn.lin2"), at + "output_layer_norm", epsilon)
        return x


class _ModernBert(_Form):
    def __call__(self, ids: list[int]) -> Tensor:
        c = self.config
        epsilon, layers = c["norm_eps"], c["num_hidden_layers"]
        size = c["hidden_size"] // c["num_attention_heads"]
        every = c.get("global_attn_every_n_layers", 3)
        kinds = c.get("layer_types") or ["sliding_attention" if layer % every else "full_attention" for layer in range(layers)]
        ropes = c.get("rope_parameters") or {
            "full_attention": {"rope_theta": c["global_rope_theta"]},
            "sliding_attention": {"rope_theta": c["local_rope_theta"]},
        }
        found = {kind: frequencies(rope, rope["rope_theta"], size, c["max_position_embeddings"]) for kind, rope in ropes.items()}
        distances = (torch.arange(len(ids))[:, None] - torch.arange(len(ids))[None, :]).abs()
        x = self.layer_norm(self.tensors["embeddings.tok_embeddings.weight"][ids], "embeddings.norm", epsilon)
        for layer, kind in enumerate(kinds):
            at = f"layers.{layer}."
            y = x if layer == 0 else self.layer_norm(x, at + "attn_norm", epsilon)
            rotation = _rotations(found[kind], len(ids))
            q, k, v = (self.heads(part, size) for part in self.linear(y, at + "attn.Wqkv").chunk(3, -1))
            seen = distances <= (c["local_attention"] // 2 if kind == "sliding_attention" else len(ids))
            context = _attended(_turned(q, rotation), _turned(k, rotation), v, size**-0.5, seen)
            x = x + self.linear(context, at + "attn.Wo")
            inner, gate = self.linear(self.layer_norm(x, at + "mlp_norm", epsilon), at + "mlp.Wi").chunk(2, -1)
            x = x + self.linear(ACTIVATIONS[c["hidden_activation"]](inner) * gate, at + "mlp.Wo")
        return self.layer_norm(x, "final_norm", epsilon)


class _Decoder(_Form):
    def norm(self, x: Tensor, name: str) -> Tensor:
        weight = self.tensors[f"{name}.weight"]
        if self.config["model_type"] == "gemma3_text":
            weight = 1 + weight
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.config["rms_norm_eps"]) * weight

    def __call__(self, ids: list[int]) -> Tensor:
        c = self.config
        is_gemma = c["model_type"] == "gemma3_text"
        size = c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
        scale = (c["query_pre_attn_scalar"] if is_gemma else size) ** -0.5
        x = self.tensors["embed_tokens.weight"][ids] * (c["hidden_size"] ** 0.5 if is_gemma else 1)
        for layer in range(c["num_hidden_layers"]):
            at = f"layers.{layer}."
            is_local = self.is_local(layer)
            rotation = _rotations(self.rope(is_local, size), len(ids))
            y = self.norm(x, at + "input_layernorm")
            q, k, v = (self.heads(self.linear(y, f"{at}self_attn.{part}_proj"), size) for part in "qkv")
            if is_gemma or c["model_type"] == "qwen3":
                q, k = self.norm(q, at + "self_attn.q_norm"), self.norm(k, at + "self_attn.k_norm")
            context = _attended(_turned(q, rotation), _turned(k, rotation), v, scale, self.seen(len(ids), is_local))
            output = self.linear(context, at + "self_attn.o_proj")
            x = x + (self.norm(output, at + "post_attention_layernorm") if is_gemma else output)
            y = self.norm(x, at + ("pre_feedforward_layernorm" if is_gemma else "post_attention_layernorm"))
            function = ACTIVATIONS[c["hidden_activation" if is_gemma else "hidden_act"]]
            output = self.linear(function(self.linear(y, at + "mlp.gate_proj")) * self.linear(y, at + "mlp.up_proj"), at + "mlp.down_proj")
            x = x + (self.norm(output, at + "post_feedforward_layernorm") if is_gemma else output)
        return self.norm(x, "norm")

    def is_local(self, layer: int) -> bool:
        c = self.config
        if "layer_types" in c:
            return bool(c["layer_types"][layer] == "sliding_attention")
        return bool(c.get("use_sliding_window")) and layer >= c["max_window_layers"]

    def rope(self, is_local: bool, size: int) -> tuple[Tensor, float]:
        c = self.config
        kinds = c.get("rope_parameters") or {}
        if "full_attention" in kinds:
            rope = kinds["sliding_attention" if is_local else "full_attention"]
        elif c["model_type"] == "gemma3_text":
            rope = (
                {"rope_theta": c["rope_local_base_freq"]} if is_local else {"rope_theta": c["rope_theta"], **(c.get("rope_scaling") or {})}
            )
        else:
            rope = {"rope_theta": c.get("rope_theta"), **kinds, **(c.get("rope_scaling") or {})}
        return frequencies(rope, float(rope["rope_theta"]), size, c["max_position_embeddings"])

    def seen(self, length: int, is_local: bool) -> Tensor:
        distances = torch.arange(length)[None, :] - torch.arange(length)[:, None]
        window = self.config["sliding_window"] if is_local else 2 * length + 2
        if self.config.get("use_bidirectional_attention") or not self.config.get("is_causal", True):
            return torch.le(distances.abs(), window // 2)
        return torch.le(distances, 0) & torch.gt(distances, -window)


_FORMS: dict[str, Callable[[Path], Callable[[list[int]], Tensor]]] = {
    "bert": _Bert,
    "distilbert": _DistilBert,
    "modernbert": _ModernBert,
    "gemma3_text": _Decoder,
    "qwen2": _Decoder,
    "qwen3": _Decoder,
    "mistral": _Decoder,
}

_POOLINGS: dict[str, Callable[[Tensor], Tensor]] = {
    "cls": lambda x: x[0],
    "max": lambda x: x.amax(0),
    "mean": lambda x: x.mean(0),
    "mean_sqrt_len_tokens": lambda x: x.sum(0) / math.sqrt(len(x)),
    "weightedmean": lambda x: (x * torch.arange(1, len(x) + 1)[:, None]).sum(0) / (len(x) * (len(x) + 1) / 2),
    "lasttoken": lambda x: x[-1],
}

_OLD_NAMES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


def poolings(folder: Path) -> list[str]:
    """The poolings of a folder, in the order in which what they give stands."""
    config = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    mode = config.get("pooling_mode") or [name for member, name in _OLD_NAMES.items() if config.get(member)]
    return [mode] if isinstance(mode, str) else mode


def compute(folder: Path, texts: Sequence[list[int]]) -> npt.NDArray[np.float64]:
    """The vectors of texts that are given as token ids."""
    form = _FORMS[json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]](folder)
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))[2:]
    rows = []
    for ids in texts:
        tokens = form(ids)
        row = torch.cat([_POOLINGS[pooling](tokens) for pooling in poolings(folder)])
        for module in modules:
            row = _module(row, module["type"].rsplit(".", 1)[1], folder / module["path"])
        rows.append(row.numpy())
    return np.array(rows)


def _module(row: Tensor, kind: str, folder: Path) -> Tensor:
    if kind == "Normalize":
        return row / row.square().sum().sqrt()
    assert kind == "Dense"
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tensors = read_tensors(folder / "model.safetensors")
    bias = tensors["linear.bias"] if config["bias"] else None
    return ACTIVATIONS[config["activation_function"].rsplit(".", 1)[1]](F.linear(row, tensors["linear.weight"], bias))
