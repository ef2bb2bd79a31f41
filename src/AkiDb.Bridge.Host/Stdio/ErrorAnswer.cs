using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.Host.Stdio;

/// <summary>Why something was not done.</summary>
/// <param name="message">A sentence.</param>
internal sealed class ErrorAnswer(string message) : StdioAnswer
{
    // Whatever a call named in it, it stays a sentence. Longer than that of HTTP: the places where a model was looked for are in it.
    private const int LongestMessage = 4_000;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(AnswerLine line, CancellationToken cancellationToken)
    {
        var json = line.Json;
        json.WriteStartObject();
        json.WriteString("status", "error");
        json.WriteString("message", ForeignText.Cut(message, LongestMessage));
        json.WriteEndObject();
        return line.EndAsync(cancellationToken);
    }
}
