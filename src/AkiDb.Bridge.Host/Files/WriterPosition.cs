namespace AkiDb.Bridge.Host.Files;

/// <summary>From where on a file can be gone on with, whatever was written behind it since.</summary>
/// <param name="Length">The bytes at its beginning that stay as they are.</param>
/// <param name="Tail">What must stand behind them.</param>
internal sealed record WriterPosition(long Length, byte[] Tail)
{
    /// <summary>Makes a file what it was.</summary>
    public void Restore(Stream file)
    {
        file.SetLength(Length);
        file.Position = Length;
        file.Write(Tail);
    }
}
