namespace AkiDb.Bridge;

/// <summary>Which engines the bridge uses (<c>AKIDB_EMBEDDING_PROVIDER</c>).</summary>
public enum EmbeddingProvider
{
    /// <summary>Python workers first, the in-process engine when they cannot answer. <c>python-bridge</c>, the default.</summary>
    PythonBridge,

    /// <summary>The in-process engine only; no Python is needed. <c>onnx</c>.</summary>
    Onnx,

    /// <summary>Deterministic vectors without meaning, for a caller's own tests. <c>mock</c>; every answer says so.</summary>
    Mock,
}
