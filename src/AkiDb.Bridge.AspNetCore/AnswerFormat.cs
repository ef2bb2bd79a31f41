using System.Buffers;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>How an answer is written: as JSON, or as MessagePack. It does not know what is in an answer.</summary>
internal abstract class AnswerFormat : IDisposable
{
    /// <summary>The content type.</summary>
    public abstract string ContentType { get; }

    public static AnswerFormat Of(VectorEncoding encoding, IBufferWriter<byte> output) =>
        encoding == VectorEncoding.MessagePack ? new MessagePackAnswer(output) : new JsonAnswer(output, encoding == VectorEncoding.Base64);

    public abstract void BeginMap(int members);

    public abstract void BeginMap(string name, int members);

    public abstract void EndMap();

    /// <summary>So many vectors follow, each in one call of <see cref="Vector"/>.</summary>
    public abstract void BeginVectors(string name, int count, int dimensions);

    public abstract void Vector(ReadOnlySpan<float> vector);

    public abstract void EndVectors();

    public abstract void Text(string name, string value);

    public abstract void Number(string name, long value);

    public abstract void Flag(string name, bool value);

    public abstract void Flags(string name, IReadOnlyList<bool> values);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
