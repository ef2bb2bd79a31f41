"""How many threads a product of matrices takes."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from akidb_worker.computing_stack import REFERENCE, blas_file, blas_name


class BlasThreads:
    """A BLAS library whose products take one thread each when they are told to, called from several threads at once."""

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
        # The first takes torch's own number, which each thread has for itself; the other has no threads.
        return BlasThreads(None) if name.startswith("MKL") or name == REFERENCE else None

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
