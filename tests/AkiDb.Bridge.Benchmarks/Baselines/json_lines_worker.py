"""The baseline that `scripts/bench overhead` compares with: the same encoder behind JSON lines, vectors as arrays of numbers.

One request a line: {"ids": [[...], ...]}; one answer a line: {"rows": [[...], ...], "compute_us": n}.
The first line in says what to load: the `load` message of the bridge's own protocol, as hex of its MessagePack bytes.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import chain

import numpy as np
from akidb_worker.loading import load_model
from akidb_worker.messages import Load
from akidb_worker.protocol import decode


def main() -> None:
    load = decode(memoryview(bytes.fromhex(sys.stdin.readline())))
    assert isinstance(load, Load)
    loaded = load_model(load, lambda stage, fraction: None)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        texts = json.loads(line)["ids"]
        lengths = [len(ids) for ids in texts]
        ids = np.fromiter(chain.from_iterable(texts), dtype=np.int32)
        started = time.perf_counter_ns()
        rows = loaded.inference.embed(ids, lengths, lambda: None)
        compute_us = (time.perf_counter_ns() - started) // 1000
        print(json.dumps({"rows": rows.tolist(), "compute_us": compute_us}), flush=True)


main()
