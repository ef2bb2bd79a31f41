using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AkiDb.Bridge.Hub;

/// <summary>The hash by which the hub names a file, computed as its bytes come.</summary>
internal sealed class BlobHash : IDisposable
{
    private const int Sha1Digits = 40;
    private const int Sha256Digits = 64;

    private readonly IncrementalHash hash;

    /// <param name="file">The file, whose hash says by its length which one it is.</param>
    public BlobHash(HubFile file)
    {
        hash = IncrementalHash.CreateHash(file.Hash.Length == Sha1Digits ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        if (file.Hash.Length == Sha1Digits)
        {
            // As git names the content of a file.
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {file.Size}\0")));
        }
    }

    /// <summary>The hash as lower-case hex digits.</summary>
    public string Value => Convert.ToHexStringLower(hash.GetCurrentHash());

    /// <summary>Whether a text is one of the two hashes.</summary>
    public static bool IsHash(string text) => text.Length is Sha1Digits or Sha256Digits && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The hash of a file on disk.</summary>
    public static async Task<string> OfAsync(HubFile file, string path, CancellationToken cancellationToken)
    {
        using var hash = new BlobHash(file);
        await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        await hash.AppendAsync(content, cancellationToken).ConfigureAwait(false);
        return hash.Value;
    }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);

    /// <summary>Takes what a stream still has.</summary>
    public async Task AppendAsync(Stream content, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 17];
        while (await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            Append(buffer.AsSpan(0, read));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => hash.Dispose();
}
