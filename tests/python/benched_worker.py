"""A worker under measurement: what its load takes, and its rows."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
from process_memory import PeakMemory
from qwen3_peers import Rows, Texts
from reference_answers import folder_members
from worker_process import WorkerProcess


class BenchedWorker(WorkerProcess):
    """The worker, and what its load took."""

    timeout_seconds = 1800.0

    def __init__(self, folder: Path, device: str, dtype: str) -> None:
        super().__init__(OMP_NUM_THREADS=str(os.cpu_count()))
        self._stderr = self.drain_stderr()
        self._dimension = int(json.loads((folder / "config.json").read_text())["hidden_size"])
        self.memory = PeakMemory(self.receive("hello")["pid"])
        started = time.perf_counter()
        with self.memory:
            self.ready = self.load(folder_members(folder, "lasttoken", device=device, dtype=dtype))
        self.load_seconds = time.perf_counter() - started
        if self.ready["type"] != "ready":
            raise SystemExit(f"The worker cannot load the model: {self.ready['message']}")

    def __enter__(self) -> BenchedWorker:
        return self

    def embed(self, texts: Texts) -> Rows:
        self.send_texts(2, list(texts))
        answer = self.receive("rows")
        return np.frombuffer(answer["data"], "<f4").reshape(-1, self._dimension)
