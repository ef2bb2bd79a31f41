"""What a worker computes with, in one line, and what would be faster on this machine."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import sys
from pathlib import Path

import torch

from akidb_worker.processor import processor_flags

REFERENCE = "reference BLAS"
NO_NAME = "a BLAS without a name"

# By what is in the path of the file: Debian has each as a libblas.so.3 in a folder of its own.
_FAST = {"mkl": "MKL", "blis": "BLIS", "atlas": "ATLAS", "armpl": "Arm Performance Libraries", "nvpl": "NVPL"}

# What OpenBLAS falls back to on a processor that it does not know.
_OLD_CORES = frozenset({"Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Atom", "Opteron", "Opteron_SSE3", "Barcelona", "Generic"})

_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


def stack_line(device: torch.device, dtype: torch.dtype) -> str:
    """Which Python, torch, BLAS and kernels, and after them what would be faster."""
    built_with: str = torch.__config__.show()  # type: ignore[no-untyped-call]
    blas = blas_name(blas_file(), built_with)
    parts = [
        f"Python {platform.python_version()}",
        f"torch {torch.__version__}",
        blas,
        f"{_kernels(built_with)} kernels",
        f"{torch.get_num_threads()} threads",
    ]
    advice = faster(device.type, dtype, blas, processor_flags(), _NVIDIA_DRIVER.exists())
    return ", ".join(parts) + "".join(f". Faster: {what}" for what in advice)


def blas_file() -> str | None:
    """The file of the library that multiplies torch's matrices; None where the system does not tell."""
    # In the order in which torch itself finds it: what is there for the whole process, then what its module has brought along. That a fast
    # library is in the process says nothing: LAPACK's may be of one package and BLAS' of another.
    for name in (None, sys.modules["torch._C"].__file__):
        try:
            address = ctypes.cast(ctypes.CDLL(name).sgemm_, ctypes.c_void_p).value
        except (AttributeError, OSError, TypeError):
            continue
        if address is not None:
            return _file_at(address)
    return None


def blas_name(file: str | None, built_with: str) -> str:
    """What the library is called, by its file and by what torch says that it was built with."""
    if found := re.search(r"Math Kernel Library Version (\S+)", built_with):
        return f"MKL {found[1]}"
    if sys.platform == "darwin":
        return "Accelerate"
    if file is None:
        return NO_NAME
    if name := _openblas(file):
        return name
    # A folder further up may be called like anything.
    called = "/".join(file.lower().split("/")[-2:])
    if known := next((name for part, name in _FAST.items() if part in called), None):
        return known
    return REFERENCE if os.path.basename(file).startswith("libblas.so") else NO_NAME


def faster(device: str, dtype: torch.dtype, blas: str, flags: frozenset[str], has_nvidia: bool) -> list[str]:
    """What would compute faster on this machine, each as something to do."""
    advice = []
    if device != "cuda" and has_nvidia:
        advice.append("this machine has an NVIDIA GPU, which this torch cannot use; install a torch that was built with CUDA")
    if device != "cpu":
        return advice
    if blas == REFERENCE:
        advice.append("this BLAS is the slow one; install OpenBLAS (apt-get install libopenblas0-pthread)")
    if "avx2" in flags and blas.rpartition(" for ")[2] in _OLD_CORES:
        core = "SkylakeX" if flags >= {"avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"} else "Haswell"
        advice.append(f"this OpenBLAS does not know the processor; set OPENBLAS_CORETYPE={core}")
    if "amx_bf16" in flags and dtype == torch.float32:
        advice.append(
            "this processor multiplies bfloat16 several times faster; Worker:Dtype=bfloat16 does, in an embedding space of its own"
        )
    return advice


def _openblas(file: str) -> str | None:
    try:
        loaded = ctypes.CDLL(file)
        config, core = loaded.openblas_get_config, loaded.openblas_get_corename
    except (AttributeError, OSError):
        return None
    config.restype = core.restype = ctypes.c_char_p
    return f"{' '.join(config().decode().split()[:2])} for {core().decode()}"


def _file_at(address: int) -> str | None:
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    for line in lines:
        fields = line.split(maxsplit=5)
        start, _, end = fields[0].partition("-")
        if int(start, 16) <= address < int(end, 16):
            return fields[5] if len(fields) == 6 and os.path.isabs(fields[5]) else None
    return None


def _kernels(built_with: str) -> str:
    found = re.search(r"CPU capability usage: (\S+)", built_with)
    return found[1] if found else platform.machine()
