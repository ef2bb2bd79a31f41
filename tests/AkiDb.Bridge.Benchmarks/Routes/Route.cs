namespace AkiDb.Bridge.Benchmarks.Routes;

/// <summary>A route as its ecosystem's clients call it.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Body">A request with one text, which stands where <c>TEXT</c> is.</param>
internal sealed record Route(string Name, string Path, string Body)
{
    public static IReadOnlyList<Route> All { get; } =
    [
        new("AkiDB", "/api/v1/embed", """{"inputs":["TEXT"]}"""),
        new("OpenAI, float", "/v1/embeddings", """{"model":"all-MiniLM-L6-v2","input":"TEXT","encoding_format":"float"}"""),
        new("OpenAI, base64", "/v1/embeddings", """{"model":"all-MiniLM-L6-v2","input":"TEXT","encoding_format":"base64"}"""),
        new("TEI", "/embed", """{"inputs":"TEXT"}"""),
    ];
}
