"""What oneDNN, and the threads that it computes in, read of the environment. Imports nothing of torch: it has to be there before that."""

from __future__ import annotations

from collections.abc import MutableMapping

from akidb_worker.libraries import installed_versions

# A fraction of a millisecond: longer than from one operator to the next, and too short to matter to others where the cores are busy.
_ROUNDS_AWAKE = "10000"

# For each number of rows that a product meets a program is compiled, in about a millisecond, and kept: 0.6 MB. By default a thousand
# are, by two caches.
_KEPT_PROGRAMS = "128"


def prepare_onednn(environment: MutableMapping[str, str]) -> None:
    """For a torch whose weights can be packed, which oneDNN multiplies in OpenMP's threads. What the environment says itself wins.

    To wake a thread takes as long as an operator on a short text, so the threads look for the next operator's work for a moment
    before they sleep. With an older torch OpenBLAS multiplies, in threads of its own: the two would take the cores from each other.
    """
    major = installed_versions().get("torch", "").partition(".")[0]
    if not major.isdecimal() or int(major) < 2:
        return
    environment.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", _KEPT_PROGRAMS)
    environment.setdefault("LRU_CACHE_CAPACITY", _KEPT_PROGRAMS)
    if environment.get("OMP_WAIT_POLICY") == "passive":
        environment.setdefault("GOMP_SPINCOUNT", _ROUNDS_AWAKE)
