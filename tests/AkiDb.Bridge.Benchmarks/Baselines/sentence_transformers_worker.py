"""The baseline that `scripts/bench engines` compares with: the sentence-transformers library, as its users call it.

FOLDER is the model. One request a line: {"texts": [...]}; one answer a line: {"wall_us": n, "cpu_us": n}, measured around `encode` alone.
"""

from __future__ import annotations

import json
import sys
import time

from sentence_transformers import SentenceTransformer

BATCH = 32


def main() -> None:
    model = SentenceTransformer(sys.argv[1], device="cpu")
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        texts = json.loads(line)["texts"]
        cpu, wall = time.process_time_ns(), time.perf_counter_ns()
        model.encode(texts, batch_size=BATCH, show_progress_bar=False)
        wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
        print(json.dumps({"wall_us": wall // 1000, "cpu_us": cpu // 1000}), flush=True)


main()
