"""The versions of the libraries that matter, without importing them."""

from __future__ import annotations

from functools import cache
from importlib import metadata


@cache
def installed_versions() -> dict[str, str]:
    """Name to version, for what is installed. Looking takes milliseconds: a forked worker finds it done."""
    versions = {}
    for name in ("torch", "numpy", "msgpack", "sentence-transformers", "transformers", "tokenizers"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
