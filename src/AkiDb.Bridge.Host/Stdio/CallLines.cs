using AkiDb.Bridge.Host.Streams;

namespace AkiDb.Bridge.Host.Stdio;

/// <summary>The lines of standard input, however long: of one that is longer than allowed nothing is kept.</summary>
/// <param name="input">Standard input.</param>
/// <param name="mostBytes">The longest line that is read.</param>
internal sealed class CallLines(Stream input, int mostBytes)
{
    private readonly LineBuffer buffer = new(input, mostBytes);
    private bool isTooLong;

    /// <summary>Waits for the next line.</summary>
    /// <returns>The line, empty where it is too long; null at the end of the input. It is overwritten by the next one.</returns>
    /// <exception cref="IOException">The input cannot be read.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (buffer.TryTake(out var line))
            {
                IsTooLong = isTooLong || line.Length > mostBytes;
                isTooLong = false;
                return IsTooLong ? default(ReadOnlyMemory<byte>) : line;
            }

            if (buffer.IsAtEnd)
            {
                return null;
            }

            if (buffer.Unfinished > mostBytes)
            {
                buffer.Drop();
                isTooLong = true;
            }

            await buffer.ReadAsync(cancellationToken);
        }
    }

    /// <summary>Whether the last line was longer than allowed.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The longest line that is read.</summary>
    public int MostBytes => mostBytes;
}
