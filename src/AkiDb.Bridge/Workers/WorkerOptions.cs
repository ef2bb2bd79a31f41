namespace AkiDb.Bridge.Workers;

/// <summary>How a worker process computes.</summary>
public sealed class WorkerOptions
{
    /// <summary>The Python interpreter; or the folder of a virtual environment; null (default) takes the first in <c>VIRTUAL_ENV</c> or on PATH that has torch. Also <c>AKIDB_EMBEDDING_PYTHON_PATH</c>.</summary>
    public string? PythonPath { get; set; }

    /// <summary>What computes: <c>auto</c> (default), <c>torch</c> or <c>sentence-transformers</c>.</summary>
    public WorkerEncoder Encoder { get; set; } = WorkerEncoder.Auto;

    /// <summary>Where to compute: <c>auto</c> (default), <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> or <c>mps</c>.</summary>
    public string Device { get; set; } = "auto";

    /// <summary>
    /// What linear layers and attention are computed in: <c>auto</c> (default), <c>float32</c>, <c>bfloat16</c> or <c>float16</c>. Weights stored in float32 stay
    /// so under <c>auto</c>: then workers and in-process engine give the same vectors.
    /// </summary>
    public WorkerDtype Dtype { get; set; } = WorkerDtype.Auto;

    /// <summary>Threads of one worker: on a CPU each computes a part of a batch that is large enough, else all of them one forward pass. 0 (default) shares the machine's cores among all workers of all models. A model that is added or removed later changes nothing for the others.</summary>
    public int Threads { get; set; }

    /// <summary>Tokens of one micro-batch inside a worker on a CPU. Default 512: larger ones fall out of its cache. On a GPU at least 16,384 are computed at once.</summary>
    public int BatchTokens { get; set; } = 512;

    /// <summary>Batches in flight per worker. Default 2: while one computes the next is already in the pipe.</summary>
    public int InFlight { get; set; } = 2;

    /// <summary>The largest frame on the wire, in bytes. Default 64 MiB.</summary>
    public int MaxFrameBytes { get; set; } = Protocol.ProtocolVersion.DefaultMaxFrameBytes;
}
