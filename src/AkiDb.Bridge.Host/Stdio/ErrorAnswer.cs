namespace AkiDb.Bridge.Host.Stdio;

/// <summary>Why something was not done.</summary>
/// <param name="message">A sentence.</param>
internal sealed class ErrorAnswer(string message) : StdioAnswer
{
    /// <inheritdoc/>
    public override ValueTask WriteAsync(AnswerLine line, CancellationToken cancellationToken)
    {
        var json = line.Json;
        json.WriteStartObject();
        json.WriteString("status", "error");
        json.WriteString("message", message);
        json.WriteEndObject();
        return line.EndAsync(cancellationToken);
    }
}
