namespace AkiDb.Bridge.Workers;

/// <summary>What computes in a worker.</summary>
public enum WorkerEncoder
{
    /// <summary>Our own where it understands the model's folder fully, else the library.</summary>
    Auto,

    /// <summary>Our own, on PyTorch alone: BERT and Qwen3.</summary>
    Torch,

    /// <summary>The sentence-transformers library: whatever it can load from safetensors, without program code of the model's own.</summary>
    SentenceTransformers,
}
