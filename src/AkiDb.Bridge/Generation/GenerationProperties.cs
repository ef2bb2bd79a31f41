namespace AkiDb.Bridge.Generation;

/// <summary>The names of the additional properties that go into a call of the generator, and that come out: those of the HTTP API.</summary>
internal static class GenerationProperties
{
    public const string Prompt = "prompt";
    public const string PromptName = "prompt_name";
    public const string Normalize = "normalize";
    public const string Truncate = "truncate";
    public const string Fallback = "fallback";
    public const string Priority = "priority";
    public const string Timeout = "timeout";
    public const string Caller = "caller";
    public const string Space = "space";
    public const string ServedBy = "served_by";
    public const string Truncated = "truncated";
    public const string Degraded = "degraded";
}
