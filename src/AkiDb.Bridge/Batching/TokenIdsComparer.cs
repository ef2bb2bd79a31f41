using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Batching;

/// <summary>Texts are equal when their token ids are; those of the prompt are among them.</summary>
internal sealed class TokenIdsComparer : IEqualityComparer<ReadOnlyMemory<int>>
{
    public static TokenIdsComparer Instance { get; } = new();

    public bool Equals(ReadOnlyMemory<int> x, ReadOnlyMemory<int> y) => x.Span.SequenceEqual(y.Span);

    public int GetHashCode([DisallowNull] ReadOnlyMemory<int> obj)
    {
        var hash = default(HashCode);
        hash.AddBytes(MemoryMarshal.AsBytes(obj.Span));
        return hash.ToHashCode();
    }
}
