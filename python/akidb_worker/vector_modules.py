"""What becomes of a pooled vector: the modules behind the pooling, in float32."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from akidb_worker.activations import activation
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.messages import VectorModule
from akidb_worker.safetensors_file import SafetensorsFile
from akidb_worker.weights import Weights

# The library gives no choice of either.
_LAYER_NORM_EPSILON = 1e-5
_LEAST_LENGTH = 1e-12

Step = Callable[[Tensor], Tensor]


def load_modules(modules: Sequence[VectorModule], files: Sequence[SafetensorsFile], size: int, device: torch.device) -> list[Step]:
    """The modules as functions of the pooled rows, whose vectors have ``size`` components."""
    steps = []
    for module in modules:
        if module.inputs != size:
            raise WorkerError(ErrorKind.BAD_MODEL, f"A module takes vectors of {module.inputs} components, and gets {size}.")
        steps.append(_step(module, files, device))
        size = module.outputs
    return steps


def _step(module: VectorModule, files: Sequence[SafetensorsFile], device: torch.device) -> Step:
    own = [file for file in files if file.path == module.file]
    weights = Weights(own, "", device, torch.float32, lambda share: None)
    if module.type == "dense":
        return _dense(module, weights)
    if module.type == "layer_norm":
        return _layer_norm(module, weights)
    if module.type == "normalize":
        return lambda x: F.normalize(x, dim=-1, eps=_LEAST_LENGTH)
    raise WorkerError(ErrorKind.BAD_MODEL, f"The module '{module.type[:100]}' is unknown; this worker has dense, layer_norm, normalize.")


def _dense(module: VectorModule, weights: Weights) -> Step:
    weight = weights.float32("linear.weight", module.outputs, module.inputs)
    bias = weights.float32("linear.bias", module.outputs) if module.bias else None
    function = activation(module.activation)
    return lambda x: function(F.linear(x, weight, bias))


def _layer_norm(module: VectorModule, weights: Weights) -> Step:
    size = module.inputs
    weight, bias = weights.float32("norm.weight", size), weights.float32("norm.bias", size)
    return lambda x: F.layer_norm(x, (size,), weight, bias, _LAYER_NORM_EPSILON)
