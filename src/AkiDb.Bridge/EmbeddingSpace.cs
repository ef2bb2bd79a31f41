using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AkiDb.Bridge;

/// <summary>The identity of the space that a vector lives in. Vectors may be compared only when everything but the precision is equal.</summary>
public sealed record EmbeddingSpace
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>The hub's commit, where known.</summary>
    public string? Revision { get; init; }

    /// <summary>16 hex digits over the weights, the tokeniser, the architecture, the pooling and the maximum tokens.</summary>
    public required string Weights { get; init; }

    /// <summary>How token vectors became one vector.</summary>
    public required string Pooling { get; init; }

    /// <summary>The text put before each input; empty for none.</summary>
    public required string Prompt { get; init; }

    /// <summary>Whether the vectors of the prompt's tokens are among them. Default: true.</summary>
    public bool PoolsPrompt { get; init; } = true;

    /// <summary>The components of a vector.</summary>
    public required int Dimensions { get; init; }

    /// <summary>Whether every vector has length 1.</summary>
    public required bool Normalized { get; init; }

    /// <summary>The precision that the vectors were computed in, such as <c>float32</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>The library that tokenises, computes and pools, such as <c>sentence-transformers</c>; null where the bridge does so itself.</summary>
    public string? Library { get; init; }

    /// <summary>Whether vectors of this space and of <paramref name="other"/> may be compared: all is equal but the precision.</summary>
    /// <param name="other">The other space.</param>
    public bool IsInterchangeableWith(EmbeddingSpace other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with { Precision = other.Precision, PoolsPrompt = PoolsPrompt || Prompt.Length == 0 } == other with { PoolsPrompt = other.PoolsPrompt || other.Prompt.Length == 0 };
    }

    /// <summary>One short stable line, to be stored beside an index and compared.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Model}{(Revision is null ? "" : "@" + Revision)};weights={Weights};pooling={Pooling}{(PoolsPrompt || Prompt.Length == 0 ? "" : "-without-prompt")};prompt={PromptDigest()};dim={Dimensions};norm={(Normalized ? "l2" : "none")};precision={Precision}{(Library is null ? "" : ";library=" + Library)}");

    private string PromptDigest() => Prompt.Length == 0 ? "none" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Prompt)))[..12];
}
