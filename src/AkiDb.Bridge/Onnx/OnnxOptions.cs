namespace AkiDb.Bridge.Onnx;

/// <summary>How the in-process engine uses the machine.</summary>
public sealed class OnnxOptions
{
    /// <summary>The cores that it may use; 0 for all. Default: 0.</summary>
    public int Threads { get; set; }

    /// <summary>The most tokens of one micro-batch; a longer text goes alone. Default: 256.</summary>
    public int BatchTokens { get; set; } = 256;

    /// <summary>Whether weights are copied for speed or used where they lie in the file. Default: <see cref="OnnxMemory.Fast"/>.</summary>
    public OnnxMemory Memory { get; set; } = OnnxMemory.Fast;

    /// <summary>Whether the threads that share one text's work spin for a moment between operators before they sleep. Default: true.</summary>
    public bool Spinning { get; set; } = true;

    /// <summary>Whether ONNX Runtime keeps the memory of past runs for the next ones. Default: true.</summary>
    public bool Arena { get; set; } = true;
}
