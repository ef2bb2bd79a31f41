namespace AkiDb.Bridge.Models;

/// <summary>A table with a vector for each token, without a network behind it: a text's vector is the mean of its tokens' vectors.</summary>
internal sealed record StaticModel : TokenizedModel
{
    /// <summary>The vectors: rows x dimension.</summary>
    public required TensorEntry Table { get; init; }

    /// <summary>The row of each token, where several share one; null where a token's id is its row.</summary>
    public TensorEntry? Mapping { get; init; }

    /// <summary>What each token's vector is multiplied by; null for 1.</summary>
    public TensorEntry? TokenWeights { get; init; }

    /// <summary>Whether texts are prepared as the model2vec library does it: unknown tokens are left out, and of a long text only the beginning is read.</summary>
    public bool AsModel2Vec { get; init; }

    /// <summary>An id more than the model has: it stands for a text without tokens, whose vector is zero.</summary>
    public int NoToken => VocabularySize;

    /// <inheritdoc/>
    public override int Dimension => (int)Table.Shape[1];

    /// <inheritdoc/>
    public override string PoolingName => Pooling.Mean.ToName();

    /// <inheritdoc/>
    public override string ArchitectureName => "static";

    /// <inheritdoc/>
    public override int VocabularySize => (int)(Mapping?.Shape[0] ?? Table.Shape[0]);

    /// <inheritdoc/>
    public override string VocabularySizeSource => "the rows of its tensor";
}
