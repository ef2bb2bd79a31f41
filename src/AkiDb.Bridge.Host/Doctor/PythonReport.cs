using System.Text.Json.Serialization;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>What a Python says of itself: the answer of <c>akidb_worker.diagnose</c>.</summary>
internal sealed record PythonReport
{
    public required string Executable { get; init; }

    public required string Version { get; init; }

    [JsonPropertyName("is_64_bit")]
    public required bool Is64Bit { get; init; }

    public required string Prefix { get; init; }

    /// <summary>The Python that a virtual environment was made with; the same as <see cref="Prefix"/> elsewhere.</summary>
    public required string BasePrefix { get; init; }

    public required IReadOnlyList<PythonPackage> Packages { get; init; }

    /// <summary>Null where torch cannot be imported.</summary>
    public required TorchBuild? Torch { get; init; }
}
