"""The Python side of AkiDb.Bridge: token ids in, pooled float32 rows out, over the process's stdin and stdout."""

__version__ = "0.1.0"
