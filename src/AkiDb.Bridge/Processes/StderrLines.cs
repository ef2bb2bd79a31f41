using System.Text;

namespace AkiDb.Bridge.Processes;

/// <summary>Cuts a worker's stderr into lines of bounded length, and keeps the last ones for the crash report.</summary>
/// <param name="onRead">Told how many characters have come.</param>
/// <param name="onLine">Gets every line, fit to be printed.</param>
internal sealed class StderrLines(Action<int> onRead, Action<string> onLine)
{
    private const int MaxLineChars = 4096;
    private const int KeptLines = 50;

    private readonly Queue<string> last = new();
    private readonly StringBuilder line = new();
    private bool overlong;

    /// <summary>The last lines, oldest first.</summary>
    public IReadOnlyList<string> Last
    {
        get
        {
            lock (last)
            {
                return [.. last];
            }
        }
    }

    /// <summary>Reads to the end of the stream: stderr must always be drained, or the worker blocks on it.</summary>
    public async Task DrainAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var buffer = new char[8192];
        while (await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            onRead(read);
            Append(buffer.AsSpan(0, read));
        }

        if (line.Length > 0)
        {
            Finish();
        }
    }

    private void Append(ReadOnlySpan<char> text)
    {
        while (text.IndexOf('\n') is >= 0 and var end)
        {
            AppendPart(text[..end]);
            Finish();
            text = text[(end + 1)..];
        }

        AppendPart(text);
    }

    private void AppendPart(ReadOnlySpan<char> text)
    {
        var room = MaxLineChars - line.Length;
        overlong |= text.Length > room;
        line.Append(text[..Math.Min(text.Length, room)]);
    }

    private void Finish()
    {
        var text = PrintableText.Of(line.ToString().TrimEnd('\r')) + (overlong ? " [cut]" : "");
        line.Clear();
        overlong = false;
        lock (last)
        {
            last.Enqueue(text);
            if (last.Count > KeptLines)
            {
                last.Dequeue();
            }
        }

        onLine(text);
    }
}
