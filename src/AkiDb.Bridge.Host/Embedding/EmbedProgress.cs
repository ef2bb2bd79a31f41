namespace AkiDb.Bridge.Host.Embedding;

/// <summary>How far the embedding of files has come, for whoever looks at it meanwhile.</summary>
internal sealed class EmbedProgress(TimeProvider time)
{
    private long started = time.GetTimestamp();
    private long texts;
    private long tokens;
    private long bad;
    private string servedBy = "";

    /// <summary>The texts that were embedded in this run.</summary>
    public long Texts => Interlocked.Read(ref texts);

    /// <summary>The rows that could not be, in this run.</summary>
    public long Bad => Interlocked.Read(ref bad);

    /// <summary>The tokens of these texts.</summary>
    public long Tokens => Interlocked.Read(ref tokens);

    /// <summary>The engines that computed last.</summary>
    public string ServedBy => Volatile.Read(ref servedBy);

    /// <summary>Since the first text was sent.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(Interlocked.Read(ref started));

    /// <summary>What came before was preparation.</summary>
    public void Start() => Interlocked.Exchange(ref started, time.GetTimestamp());

    public void Add(EmbeddedChunk chunk)
    {
        Interlocked.Add(ref texts, chunk.Rows.Count - chunk.Bad.Count);
        Interlocked.Add(ref bad, chunk.Bad.Count);
        Interlocked.Add(ref tokens, chunk.Tokens);
        Volatile.Write(ref servedBy, chunk.ServedBy ?? ServedBy);
    }
}
