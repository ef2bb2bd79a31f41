using System.Globalization;
using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>What a host sent on a connection until it closed it.</summary>
/// <param name="Text">All of it.</param>
/// <param name="WasReset">Whether it was closed without a goodbye.</param>
internal sealed record RawAnswer(string Text, bool WasReset)
{
    /// <summary>The status; 0 when nothing came.</summary>
    public int Status { get; private init; }

    public string Head { get; private init; } = "";

    public string Body { get; private init; } = "";

    public static RawAnswer Parse(string text, bool wasReset)
    {
        var answer = new RawAnswer(text, wasReset);
        if (text.Length == 0)
        {
            return answer;
        }

        Assert.StartsWith("HTTP/1.1 ", text, StringComparison.Ordinal);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, $"The answer has no end of its head: {text}");
        return answer with { Status = int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), Head = text[..end], Body = text[(end + 4)..] };
    }

    /// <summary>Fails unless it is a problem with this status and code, whose sentence holds a text.</summary>
    public void CheckProblem(int status, string code, string sentence)
    {
        Assert.True(Status == status, Text.Length == 0 ? "Nothing came." : Text[..Math.Min(Text.Length, 2_000)]);
        Assert.Contains("Content-Type: application/problem+json", Head, StringComparison.Ordinal);
        using var problem = JsonDocument.Parse(Body);
        Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
        Assert.Contains(sentence, problem.RootElement.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        Assert.InRange(Text.Length, 100, 4_000);
    }
}
