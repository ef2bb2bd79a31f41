"""What a worker computes with, in one line, and what would be faster on this machine."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

# What OpenBLAS falls back to on a processor that it does not know.
_OLD_CORES = frozenset({"Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Atom", "Opteron", "Opteron_SSE3", "Barcelona", "Generic"})

_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


def stack_line(device: torch.device, dtype: torch.dtype) -> str:
    """Which Python, torch, BLAS and kernels, and after them what would be faster."""
    built_with: str = torch.__config__.show()  # type: ignore[no-untyped-call]
    blas = blas_name(_mapped_libraries(), built_with)
    parts = [
        f"Python {platform.python_version()}",
        f"torch {torch.__version__}",
        blas,
        f"{_kernels(built_with)} kernels",
        f"{torch.get_num_threads()} threads",
    ]
    advice = faster(device.type, dtype, blas, _processor_flags(), _NVIDIA_DRIVER.exists())
    return ", ".join(parts) + "".join(f". Faster: {what}" for what in advice)


def blas_name(libraries: Sequence[str], built_with: str) -> str:
    """The library that multiplies matrices, by what is mapped into the process and what torch says that it was built with."""
    if found := re.search(r"Math Kernel Library Version (\S+)", built_with):
        return f"MKL {found[1]}"
    for library in libraries:
        if name := _openblas(library):
            return name
    if any("Accelerate" in library for library in libraries) or sys.platform == "darwin":
        return "Accelerate"
    return "reference BLAS" if any("libblas.so" in library for library in libraries) else "a BLAS without a name"


def faster(device: str, dtype: torch.dtype, blas: str, flags: frozenset[str], has_nvidia: bool) -> list[str]:
    """What would compute faster on this machine, each as something to do."""
    advice = []
    if device != "cuda" and has_nvidia:
        advice.append("this machine has an NVIDIA GPU, which this torch cannot use; install a torch that was built with CUDA")
    if device != "cpu":
        return advice
    if blas == "reference BLAS":
        advice.append("this BLAS is the slow one; install OpenBLAS (apt-get install libopenblas0-pthread)")
    if "avx2" in flags and blas.rpartition(" for ")[2] in _OLD_CORES:
        core = "SkylakeX" if flags >= {"avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"} else "Haswell"
        advice.append(f"this OpenBLAS does not know the processor; set OPENBLAS_CORETYPE={core}")
    if "amx_bf16" in flags and dtype == torch.float32:
        advice.append(
            "this processor multiplies bfloat16 several times faster; Worker:Dtype=bfloat16 does, in an embedding space of its own"
        )
    return advice


def _openblas(library: str) -> str | None:
    if "blas" not in library:
        return None
    try:
        loaded = ctypes.CDLL(library)
        config, core = loaded.openblas_get_config, loaded.openblas_get_corename
    except (AttributeError, OSError):
        return None
    config.restype = core.restype = ctypes.c_char_p
    return f"{' '.join(config().decode().split()[:2])} for {core().decode()}"


def _mapped_libraries() -> list[str]:
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    paths = (line.split(maxsplit=5)[-1] for line in lines if ".so" in line)
    return [path for path in dict.fromkeys(paths) if os.path.isabs(path)]


def _kernels(built_with: str) -> str:
    found = re.search(r"CPU capability usage: (\S+)", built_with)
    return found[1] if found else platform.machine()


def _processor_flags() -> frozenset[str]:
    try:
        found = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return frozenset()
    return frozenset(found[1].split()) if found else frozenset()
