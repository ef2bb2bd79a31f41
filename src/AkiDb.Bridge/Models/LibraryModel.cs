namespace AkiDb.Bridge.Models;

/// <summary>A model that only the sentence-transformers library computes, in a worker: tokeniser, prompts, pooling and normalisation are the library's own.</summary>
/// <remarks>Its texts travel where token ids do, a code point being an id; a row is the vector and, after it, the text's token count, negative where it was cut.</remarks>
internal sealed record LibraryModel : ModelDescription
{
    /// <summary>What the library is called: on the wire, in <c>ready</c> and in the embedding space.</summary>
    public const string Library = "sentence-transformers";

    /// <summary>Every file that can move a vector, by its path in the folder, in ordinal order.</summary>
    public required IReadOnlyList<LibraryFile> Files { get; init; }

    public required int VectorSize { get; init; }

    public required string Pooling { get; init; }

    public required IReadOnlyList<string> Weights { get; init; }

    /// <inheritdoc/>
    public override int Dimension => VectorSize;

    /// <inheritdoc/>
    public override int RowValues => VectorSize + 1;

    /// <summary>English text has about four characters to a token.</summary>
    public override int IdsPerToken => 4;

    /// <inheritdoc/>
    public override string PoolingName => Pooling;

    /// <inheritdoc/>
    public override IReadOnlyList<string> WeightFiles => Weights;

    /// <inheritdoc/>
    public override SealedPaths Seal(CancellationToken cancellationToken)
    {
        var paths = base.Seal(cancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            return paths with { Folder = Content.Folder(Folder, copy => LibraryCopy.Write(this, copy, cancellationToken)) };
        }

        // An open file cannot be changed there.
        foreach (var file in Files)
        {
            Content[file.Path].Seal(cancellationToken);
        }

        return paths;
    }
}
