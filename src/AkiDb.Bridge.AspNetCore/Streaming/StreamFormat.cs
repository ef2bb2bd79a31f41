using System.Buffers;

namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>How lines are told from one another and read, and how answers are written.</summary>
internal abstract class StreamFormat
{
    /// <summary>The longest id that is kept, and given back with the answer.</summary>
    protected const int LongestId = 1024;

    /// <summary>The content type of the answer.</summary>
    public abstract string ContentType { get; }

    /// <summary>Whether what has come is damaged so that nobody can tell where the next line begins: the stream ends with it.</summary>
    public virtual bool IsBroken => false;

    /// <summary>Takes the next line off the beginning of what has come.</summary>
    /// <param name="buffer">What has come.</param>
    /// <param name="isEnd">Whether no more will come.</param>
    /// <param name="number">The line's number.</param>
    /// <param name="line">The line.</param>
    /// <returns>The bytes that it takes; 0 where it is not complete.</returns>
    public abstract int TryRead(ReadOnlySpan<byte> buffer, bool isEnd, long number, out StreamLine line);

    /// <summary>Passes over a line that is too long to be kept, as far as it has come.</summary>
    /// <param name="buffer">What has come of it and was not passed over before.</param>
    /// <param name="isEnd">Whether it ends within the buffer.</param>
    /// <returns>The bytes that were passed over.</returns>
    public abstract int Skip(ReadOnlySpan<byte> buffer, out bool isEnd);

    /// <summary>Writes the answer of one line; called by several threads at once.</summary>
    public abstract void Write(IBufferWriter<byte> output, in StreamLine line, in LineAnswer answer, Func<string, string> show);

    protected static BridgeError Bad(string message) => new(BridgeErrorKind.BadInput, message);
}
