namespace AkiDb.Bridge.Host.Stdio;

/// <summary>One answer; it writes itself as one line.</summary>
internal abstract class StdioAnswer
{
    /// <summary>Writes it, in pieces.</summary>
    public abstract ValueTask WriteAsync(AnswerLine line, CancellationToken cancellationToken);
}
