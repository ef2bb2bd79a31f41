using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>Asks one model again and again, and checks every vector.</summary>
/// <param name="host">The host.</param>
/// <param name="model">The model as requests name it; null for the default one.</param>
/// <param name="reference">Its right vectors.</param>
internal sealed class ModelCaller(BridgeHost host, string? model, Reference reference)
{
    private const int Texts = 16;

    /// <summary>How many right answers came, by who gave them.</summary>
    public Dictionary<string, int> ServedBy { get; } = [];

    /// <summary>Asks until told otherwise; a failed request fails the test.</summary>
    public async Task CallAsync(CancellationToken over)
    {
        for (var round = 0; !over.IsCancellationRequested; round++)
        {
            if (await AskAsync(round) is { } status)
            {
                Assert.Fail($"{(int)status}. {host.Log.Tail()}");
            }
        }
    }

    /// <summary>Asks until the model is unknown; nothing else may become of a request.</summary>
    public async Task CallUntilUnknownAsync()
    {
        HttpStatusCode? status = null;
        for (var round = 0; status is null; round++)
        {
            status = await AskAsync(round);
        }

        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    /// <returns>The status of a refusal; null for a right answer.</returns>
    private async Task<HttpStatusCode?> AskAsync(int round)
    {
        int[] indices = [.. Enumerable.Range(0, Texts).Select(offset => ((round * Texts) + offset) % reference.Count)];
        using var response = await host.PostAsync(new { inputs = Reference.TextsAt(indices), model });
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return response.StatusCode;
        }

        var answer = EmbedAnswer.Parse(await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
        reference.Check(answer.Vectors, indices);
        ServedBy[answer.ServedBy] = ServedBy.GetValueOrDefault(answer.ServedBy) + 1;
        return null;
    }
}
