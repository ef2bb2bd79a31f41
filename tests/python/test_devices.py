"""What depends on the device."""

from __future__ import annotations

import torch
from akidb_worker.devices import micro_batch_tokens


def test_gpu_is_given_more_at_once_than_a_cpu() -> None:
    assert micro_batch_tokens(torch.device("cpu"), 512) == 512
    assert micro_batch_tokens(torch.device("cuda:1"), 512) == 16_384
    assert micro_batch_tokens(torch.device("cuda"), 20_000) == 20_000
