"""Texts of thousands of tokens: right, within bounded memory, and never long without a step at which they can be stopped."""

from __future__ import annotations

from typing import Any

import msgpack
import numpy as np
import torch
from akidb_worker.decoders import TransformerDecoder
from akidb_worker.linear import LinearLayout
from akidb_worker.messages import Load, Model
from akidb_worker.micro_batches import cut
from akidb_worker.protocol import decode
from akidb_worker.safetensors_file import SafetensorsFile
from akidb_worker.weights import Weights
from direct_qwen3 import hidden_states
from reference_answers import TOLERANCE, load_members, normalized
from worker_process import WorkerProcess

LONG = 30_000


def text(tokens: int) -> list[int]:
    return [(7919 * position * position + 31 * position) % 8000 for position in range(tokens)]


def encoder(members: dict[str, Any]) -> TransformerDecoder:
    load = decode(memoryview(msgpack.packb(members)))
    assert isinstance(load, Load) and isinstance(load.model, Model) and load.model.decoder is not None
    files = [SafetensorsFile(path) for path in load.model.weights]
    weights = Weights(files, "", torch.device("cpu"), torch.float32, lambda fraction: None)
    return TransformerDecoder(load.model, load.model.decoder, weights, LinearLayout(weights, None))


def compare(layers: int, tokens: int, rows: list[int]) -> int:
    """Fails unless these rows are what a direct computation gives; the steps that were taken."""
    members = load_members("tiny-qwen3", "lasttoken", layers=layers)
    steps: list[int] = []
    with torch.inference_mode():  # type: ignore[no-untyped-call]
        (batch,) = cut([tokens], 512)
        hidden = encoder(members).forward(torch.tensor(text(tokens)), batch, None, lambda: steps.append(1))
    expected = hidden_states(members["model"], text(tokens), rows)
    assert np.abs(normalized(hidden[rows].numpy()) - normalized(expected)).max() <= TOLERANCE
    return len(steps)


def test_every_layer_of_a_long_text_is_that_of_a_direct_computation() -> None:
    compare(4, 2_000, [0, 1, 255, 256, 511, 512, 1023, 1999])


def test_30000_tokens_are_those_of_a_direct_computation() -> None:
    # A step for each block of rows, before the attention, behind it and at the end; and one at least for each head.
    blocks, heads = -(-LONG // 512), load_members("tiny-qwen3", "lasttoken")["model"]["heads"]
    assert compare(1, LONG, [*range(0, LONG, 997), LONG - 1]) >= 3 * blocks + heads


def test_long_text_reports_its_progress_in_bounded_memory_and_can_be_cancelled() -> None:
    with WorkerProcess() as worker:
        worker.receive("hello")
        assert worker.load(load_members("tiny-qwen3", "lasttoken"))["type"] == "ready"
        before = pong = ping(worker)
        worker.send_texts(2, [text(LONG)])
        while (pong["running_ms"] or 0) < 1500:
            pong = ping(worker)
        assert pong["progress_ms"] < pong["running_ms"]
        assert pong["rss_bytes"] - before["rss_bytes"] < 300 << 20
        worker.send("cancel", id=2)
        assert (error := worker.receive("error"))["id"] == 2 and error["kind"] == "cancelled"


def ping(worker: WorkerProcess) -> dict[str, Any]:
    worker.send("ping", id=1)
    return worker.receive("pong")
