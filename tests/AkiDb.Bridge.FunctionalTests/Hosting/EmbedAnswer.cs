using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>The JSON answer of <c>POST /api/v1/embed</c>.</summary>
/// <param name="Vectors">One vector per input.</param>
/// <param name="Model">The model that computed them.</param>
/// <param name="Dimension">Their components.</param>
/// <param name="TotalTokens">The tokens of all inputs.</param>
/// <param name="Truncated">Which inputs were cut.</param>
/// <param name="Space">The space they live in.</param>
/// <param name="ServedBy">The engines that computed them.</param>
/// <param name="Degraded">Whether something other than the first choice answered.</param>
internal sealed record EmbedAnswer(
    float[][] Vectors, string Model, int Dimension, int TotalTokens, bool[] Truncated, string Space, string ServedBy, bool Degraded)
{
    public static EmbedAnswer Parse(JsonElement root) => new(
        [.. root.GetProperty("embeddings").EnumerateArray().Select(ReadVector)],
        root.GetProperty("model").GetString()!,
        root.GetProperty("dimension").GetInt32(),
        root.GetProperty("usage").GetProperty("total_tokens").GetInt32(),
        [.. root.GetProperty("truncated").EnumerateArray().Select(flag => flag.GetBoolean())],
        root.GetProperty("space").GetString()!,
        root.GetProperty("served_by").GetString()!,
        root.GetProperty("degraded").GetBoolean());

    private static float[] ReadVector(JsonElement vector) => vector.ValueKind == JsonValueKind.String
        ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(vector.GetBytesFromBase64()).ToArray()
        : [.. vector.EnumerateArray().Select(value => value.GetSingle())];
}
