"""How many threads torch takes for one computation."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from akidb_worker.computing_stack import REFERENCE, blas_file, blas_name

# Large enough that a library takes all the threads that it may.
_PROOF_SIZE = 512


class BlasThreads:
    """Torch and the library that multiplies its matrices, called from several threads at once, each of which shall compute alone."""

    def __init__(self, openblas: ctypes.CDLL | None) -> None:
        self._openblas = openblas

    @staticmethod
    def of_torch() -> BlasThreads | None:
        """The library that torch calls; None where it is none that can be told."""
        built_with: str = torch.__config__.show()  # type: ignore[no-untyped-call]
        parallel: str = torch.__config__.parallel_info()  # type: ignore[no-untyped-call]
        # Elsewhere all threads of a process have one number between them.
        if "ATen parallel backend: OpenMP" not in parallel:
            return None
        file = blas_file()
        name = blas_name(file, built_with)
        if name.startswith("OpenBLAS"):
            return BlasThreads(ctypes.CDLL(file))
        # The first has OpenMP's own number, the other no threads.
        return BlasThreads(None) if name.startswith("MKL") or name == REFERENCE else None

    def take_one(self) -> bool:
        """Has the calling thread compute alone from now on; False where that cannot be had. To be called within ``one_each``.

        Torch's own function would set the number for every thread that comes later, and start threads of another kind.
        """
        # The first look sets the thread's number to the usual one.
        torch.get_num_threads()
        for name in (None, sys.modules["torch._C"].__file__):
            try:
                ctypes.CDLL(name).omp_set_num_threads(1)
            except (AttributeError, OSError, TypeError):
                continue
            # There may be several such libraries in a process: only one of them is torch's.
            if torch.get_num_threads() == 1:
                return self._openblas is not None or _multiplies_alone()
        return False

    @contextmanager
    def one_each(self) -> Iterator[None]:
        """Within it each product takes one thread. Only one thread may be in it, and products elsewhere are slower meanwhile."""
        if self._openblas is None:
            yield
            return
        before = self._openblas.openblas_get_num_threads()
        self._openblas.openblas_set_num_threads(1)
        try:
            yield
        finally:
            self._openblas.openblas_set_num_threads(before)


def _multiplies_alone() -> bool:
    """Whether a product starts no thread; False where the system does not tell."""
    x = torch.ones(_PROOF_SIZE, _PROOF_SIZE)
    try:
        before = len(os.listdir("/proc/self/task"))
        torch.mm(x, x)
        return len(os.listdir("/proc/self/task")) <= before
    except OSError:
        return False
