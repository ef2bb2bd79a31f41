using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>One short text for <c>POST /api/v1/embed</c>, by whatever program sends it, and the reference's vector of it.</summary>
internal static class SmallestCall
{
    /// <summary>The body, which stands between single quotes as it is.</summary>
    public const string Body = """{"inputs":["Hello world"]}""";

    private const int Text = 2;

    /// <summary>Fails unless the answer has the right vector.</summary>
    /// <returns>Who has computed it.</returns>
    public static string Check(string answer)
    {
        Assert.Equal("Hello world", Reference.Texts[Text]);
        using var json = JsonDocument.Parse(answer);
        Reference.MiniLM.Check([json.RootElement.GetProperty("embeddings")[0].Deserialize<float[]>()!], [Text]);
        return json.RootElement.GetProperty("served_by").GetString()!;
    }
}
