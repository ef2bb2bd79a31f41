namespace AkiDb.Bridge.Host.Files;

/// <summary>How far an output has come: from here the work is gone on with, whatever happened since.</summary>
internal sealed record Checkpoint
{
    /// <summary>How the input is read and the output written; they must stay the same.</summary>
    public required string Settings { get; init; }

    /// <summary>The job whose vectors are collected; null where they are computed.</summary>
    public string? Job { get; init; }

    /// <summary>The embedding space.</summary>
    public required string Space { get; init; }

    /// <summary>The components of a vector.</summary>
    public required int Dimension { get; init; }

    /// <summary>The file that the rows go to: the first shard is 0.</summary>
    public required int Shard { get; init; }

    /// <summary>The file that the first of them went to.</summary>
    public int FirstShard { get; init; }

    /// <summary>What of that file stays; null where it has not begun.</summary>
    public WriterPosition? Position { get; init; }

    /// <summary>The rows of the input that are done.</summary>
    public long Rows { get; init; }

    /// <summary>A digest of these rows.</summary>
    public string Digest { get; init; } = "";

    /// <summary>How many of them could not be embedded.</summary>
    public long BadRows { get; init; }

    /// <summary>The bytes of the file that names these.</summary>
    public long BadRowsBytes { get; init; }

    /// <summary>Whether rows are to be added to an output that is there, and nothing was done yet: neither the space nor the dimension is known.</summary>
    public bool IsPlanToAppend { get; init; }

    /// <summary>Whether all rows are done, and the last file is whole.</summary>
    public bool IsComplete { get; init; }
}
