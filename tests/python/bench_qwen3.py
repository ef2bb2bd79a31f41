"""``scripts/bench qwen3 --device cuda``: the worker over its own protocol, beside other implementations, without .NET.

One folder of Qwen3-Embedding-0.6B's size with random weights, or with ``--small`` a tiny one. Prints load time, memory, p50, texts per
second and cosines, and leaves them as JSON in ``artifacts/bench``.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benched_worker import BenchedWorker
from full_size_qwen3 import full_size_folder
from qwen3_peers import Embed, Texts, sentence_transformers_model, transformers_model
from reference_answers import ROOT, model_folder, normalized

# Name to the lengths of its texts.
_CASES = {
    "1 x 16": [16],
    "1 x 128": [128],
    "8 x 64": [64] * 8,
    "1 x 2048": [2048],
    "32 x 128": [128] * 32,
    "32 of 8 to 512": [8 + 504 * text // 31 for text in range(32)],
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One implementation on one case."""

    case: str
    name: str
    rounds: int
    p50_ms: float
    texts_per_second: float
    worker_is_faster: float
    worst_cosine: float


def main() -> None:
    arguments = _arguments()
    folder = model_folder("tiny-qwen3") if arguments.small else full_size_folder()
    vocabulary = int(json.loads((folder / "config.json").read_text())["vocab_size"])
    with BenchedWorker(folder, arguments.device, arguments.dtype) as worker:
        ready = worker.ready
        load = {
            **{member: ready[member] for member in ("device", "dtype")},
            "torch": ready["libraries"]["torch"],
            "load_seconds": worker.load_seconds,
            "peak_resident_mib": worker.memory.resident,
            "peak_private_mib": worker.memory.private,
        }
        print(
            f"The worker on {ready['device']} in {ready['dtype']}, torch {load['torch']}: loaded in {worker.load_seconds:.1f} s, "
            f"at most {worker.memory.resident} MiB resident, {worker.memory.private} MiB of them its own."
        )
        ways: dict[str, Embed] = {"worker": worker.embed, **_peers(folder, ready["device"], ready["dtype"])}
        figures: list[Figure] = []
        for case, lengths in _CASES.items():
            source = random.Random(case)
            texts = [[source.randrange(vocabulary) for _ in range(length)] for length in lengths]
            figures += _compare(case, texts, ways, arguments.rounds)
    _print(figures)
    file = ROOT / "artifacts" / "bench" / f"qwen3-{ready['device'].split(':')[0]}{'-small' if arguments.small else ''}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"model": folder.name, **load, "figures": [asdict(figure) for figure in figures]}, indent=2) + "\n")
    print(f"Written: {file.relative_to(ROOT)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("scripts/bench qwen3", description=__doc__)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--dtype", default="auto", help="auto, float32, bfloat16, float16")
    parser.add_argument("--small", action="store_true", help="a tiny model, to try this out")
    parser.add_argument("--rounds", type=int, default=20, help="how often each case is computed by each implementation")
    return parser.parse_args()


def _peers(folder: Path, device: str, dtype: str) -> dict[str, Embed]:
    peers: dict[str, Embed] = {}
    for name, load in {
        f"transformers {dtype}": transformers_model,
        f"sentence-transformers {dtype}": sentence_transformers_model,
    }.items():
        try:
            peers[name] = load(folder, device, dtype)
        except Exception as error:
            print(f"{name}: absent. {type(error).__name__}: {error}")
    return peers


def _compare(case: str, texts: Texts, ways: dict[str, Embed], rounds: int) -> list[Figure]:
    """One call of each in turn, so that what else the machine does hits all alike; the first round warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    rows: dict[str, Any] = {}
    for counts in [False] + [True] * rounds:
        for name, embed in ways.items():
            started = time.perf_counter()
            rows[name] = embed(texts)
            if counts:
                seconds[name].append(time.perf_counter() - started)
    middle = {name: statistics.median(times) for name, times in seconds.items()}
    worker = normalized(rows["worker"])
    return [
        Figure(
            case=case,
            name=name,
            rounds=rounds,
            p50_ms=middle[name] * 1e3,
            texts_per_second=len(texts) / middle[name],
            worker_is_faster=middle[name] / middle["worker"],
            worst_cosine=float((worker * normalized(rows[name])).sum(1).min()),
        )
        for name in ways
    ]


def _print(figures: list[Figure]) -> None:
    print(f"\n{'tokens':<16}{'implementation':<34}{'p50 ms':>10}{'texts/s':>10}{'worker is faster':>18}{'worst cosine':>14}")
    for each in figures:
        print(
            f"{each.case:<16}{each.name:<34}{each.p50_ms:>10.1f}{each.texts_per_second:>10.1f}"
            f"{each.worker_is_faster:>17.2f}x{each.worst_cosine:>14.6f}"
        )
    print()


if __name__ == "__main__":
    main()
