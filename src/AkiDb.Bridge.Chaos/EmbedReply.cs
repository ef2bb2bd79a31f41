namespace AkiDb.Bridge.Chaos;

/// <summary>What became of one request.</summary>
/// <param name="Failure">Why it failed: the code of the bridge's error, or what the network says; null for an answer.</param>
/// <param name="Detail">The bridge's own sentence about it, if it gave one.</param>
/// <param name="Vectors">The vectors.</param>
/// <param name="Space">The space they live in.</param>
/// <param name="ServedBy">Who computed them.</param>
internal sealed record EmbedReply(string? Failure, string? Detail, float[][] Vectors, string Space, string ServedBy)
{
    public static EmbedReply Failed(string failure, string? detail = null) => new(failure, detail, [], "", "");
}
