"""``python -m akidb_worker.diagnose``: what this Python is and has, as one JSON object, for ``akidb-bridge doctor``.

Everything is really imported: a package that is installed and cannot be loaded is what an operator does not find alone.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from akidb_worker.site_packages import enter_site
from akidb_worker.standard_streams import keep_frames_from_others

_NEEDED = ("numpy", "msgpack", "torch")


def main() -> None:
    answer = os.dup(1)
    keep_frames_from_others(2)
    enter_site()
    report = {
        "executable": sys.executable,
        "version": sys.version.split()[0],
        "is_64_bit": sys.maxsize > 2**32,
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "packages": [_package(name) for name in _NEEDED],
        "torch": _torch(),
    }
    os.write(answer, json.dumps(report).encode())


def _package(name: str) -> dict[str, Any]:
    places = _places(name)
    spec = find_spec(name)
    if spec is None or (spec.origin is None and not places):
        return {"name": name, "version": None, "places": [], "error": None}
    try:
        import_module(name)
        error = None
    except Exception as failure:
        error = f"{type(failure).__name__}: {' '.join(str(failure).split())[:300]}"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        version = getattr(sys.modules.get(name), "__version__", "unknown")
    return {"name": name, "version": str(version), "places": places, "error": error}


def _places(name: str) -> list[str]:
    """Where the module is found on the path; Python takes the first."""
    found: list[str] = []
    for folder in dict.fromkeys(os.path.realpath(entry or ".") for entry in sys.path):
        for file in (Path(folder, name, "__init__.py"), Path(folder, f"{name}.py")):
            if file.is_file():
                found.append(str(file))
                break
    return found


def _torch() -> dict[str, Any] | None:
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "__config__"):
        return None
    from akidb_worker.computing_stack import REFERENCE, blas_file, blas_name

    file = blas_file()
    blas = blas_name(file, torch.__config__.show())
    return {
        "cuda_build": torch.version.cuda or getattr(torch.version, "hip", None),
        "cuda_devices": torch.cuda.device_count() if torch.cuda.is_available() else 0,
        "blas": blas,
        "blas_file": file,
        "is_blas_slow": blas == REFERENCE,
    }


if __name__ == "__main__":
    main()
