namespace AkiDb.Bridge.Benchmarks.Dotnet;

/// <summary>One way in which .NET programs get the vector of a text.</summary>
/// <param name="Name">What it is.</param>
/// <param name="EmbedAsync">Embeds one text.</param>
internal sealed record DotnetWay(string Name, Func<string, CancellationToken, Task<float[]>> EmbedAsync)
{
    /// <summary>A way that keeps the caller's thread until it is done: callers come on threads of the pool.</summary>
    public static DotnetWay Blocking(string name, Func<string, float[]> embed) => new(name, (text, token) => Task.Run(() => embed(text), token));
}
