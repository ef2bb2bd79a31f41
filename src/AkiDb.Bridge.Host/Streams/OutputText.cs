using System.Text;

namespace AkiDb.Bridge.Host.Streams;

/// <summary>Text on standard output. Where that is closed, the framework would write into whatever has its number by now.</summary>
internal sealed class OutputText : TextWriter
{
    private Stream? stream;

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    /// <exception cref="IOException">It is closed, or cannot be written.</exception>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        stream ??= StandardDescriptor.OpenOutput();
        stream.Write(Encoding.GetBytes(buffer.ToArray()));
    }
}
