namespace AkiDb.Bridge.Host.Stdio;

/// <summary>Something was done that gives no vectors.</summary>
/// <param name="message">What.</param>
/// <param name="dimension">The components of the model's vectors; null where it is not about a model.</param>
internal sealed class DoneAnswer(string message, int? dimension = null) : StdioAnswer
{
    /// <inheritdoc/>
    public override ValueTask WriteAsync(AnswerLine line, CancellationToken cancellationToken)
    {
        var json = line.Json;
        json.WriteStartObject();
        json.WriteString("status", "ok");
        json.WriteString("message", message);
        if (dimension is { } number)
        {
            json.WriteNumber("dimension", number);
        }

        json.WriteEndObject();
        return line.EndAsync(cancellationToken);
    }
}
