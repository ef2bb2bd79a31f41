using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using AkiDb.Bridge.Host.Files;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Cuts an input into the same portions every time: from the same portions come the same bytes, wherever the work was broken off.</summary>
/// <param name="shardRows">How many rows go into one file of the output; no portion belongs to two. Null for all.</param>
internal sealed class RowChunks(long? shardRows)
{
    private const int MostRows = 256;
    private const int MostCharacters = 1_000_000;

    private readonly List<SourceRow> rows = [];
    private string digest = "";

    public async IAsyncEnumerable<RowChunk> CutAsync(IAsyncEnumerable<SourceRow> input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var characters = 0L;
        await foreach (var row in input.WithCancellation(cancellationToken))
        {
            var more = row.Text?.Length ?? 0;
            if (rows.Count > 0 && characters + more > MostCharacters)
            {
                yield return Cut();
                characters = 0;
            }

            rows.Add(row);
            characters += more;
            if (rows.Count == MostRows || row.Number % shardRows == 0)
            {
                yield return Cut();
                characters = 0;
            }
        }

        if (rows.Count > 0)
        {
            yield return Cut();
        }
    }

    private RowChunk Cut()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, digest);
        foreach (var row in rows)
        {
            Append(hash, row.Id?.Text ?? "");
            Append(hash, row.Text ?? row.Reason!);
        }

        digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        var chunk = new RowChunk([.. rows], digest);
        rows.Clear();
        return chunk;
    }

    // Each with its length: where one ends belongs to it.
    private static void Append(IncrementalHash hash, string text)
    {
        var bytes = new byte[sizeof(int) + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, text.Length);
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(sizeof(int)));
        hash.AppendData(bytes);
    }
}
