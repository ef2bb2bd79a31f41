namespace AkiDb.Bridge.Onnx;

/// <summary>What the in-process engine does with the weights when it loads them.</summary>
public enum OnnxMemory
{
    /// <summary>Linear weights are copied once into the layout that the CPU computes fastest with.</summary>
    Fast,

    /// <summary>Weights are used where they lie in the mapped file: hardly any private memory, and several processes share the pages. Short texts take longer.</summary>
    Shared,
}
