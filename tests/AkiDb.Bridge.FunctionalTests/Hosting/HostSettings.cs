namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>How an <c>akidb-bridge</c> process is started.</summary>
/// <param name="Arguments">Its arguments after the command.</param>
internal sealed record HostSettings(params string[] Arguments)
{
    /// <summary>The workers' interpreter; null for the one that the tests found, or for the host's own search when there is none.</summary>
    public string? Python { get; init; }

    /// <summary>The folder that it is started in; null for an empty one of its own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The program; null for the one that was built.</summary>
    public string? Program { get; init; }

    /// <summary>More variables; a null value removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();
}
