namespace AkiDb.Bridge.Onnx;

/// <summary>What a generated graph may ask for. T: tokens of the micro-batch, B: its texts, S: the length of the longest.</summary>
internal enum GraphInput
{
    /// <summary>int32 [T]: the token ids, one text after the other.</summary>
    Ids,

    /// <summary>int32 [T]: the position of each token in its text.</summary>
    Positions,

    /// <summary>int32 [B, S]: the packed row of each token; the text's own first row where there is none.</summary>
    PaddedRows,

    /// <summary>int32 [T]: b * S + s of each token, the way back from the padded shape.</summary>
    PackedRows,

    /// <summary>int32 [B]: the packed row of each text's pooled token.</summary>
    PooledRows,

    /// <summary>int32 [B]: b * S + s of each text's pooled token.</summary>
    PooledPaddedRows,

    /// <summary>float [B, S]: 0 for a token, a very large negative number for padding.</summary>
    Mask,

    /// <summary>float [B, S]: what each token weighs in the pooled row; 0 for padding.</summary>
    PoolWeights,

    /// <summary>float [B, S]: 0 for a token that is pooled, a very large negative number for all else. Only where prompts are not pooled.</summary>
    PoolMask,
}
