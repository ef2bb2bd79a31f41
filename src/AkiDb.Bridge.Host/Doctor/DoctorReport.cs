using System.Collections;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>What is attached to a bug report: no secret, no text, of variables and options the names alone.</summary>
internal sealed record DoctorReport
{
    private static readonly string[] Reported =
        ["AKIDB_", "HF_", "TRANSFORMERS_", "OMP_", "MKL_", "OPENBLAS_", "TORCH_", "PYTORCH_", "CUDA_", "NVIDIA_", "PYTHON", "VIRTUAL_ENV", "CONDA_", "LD_", "LANG", "LC_", "TMPDIR", "DOTNET_"];

    public required string Program { get; init; }

    public required string Runtime { get; init; }

    public required string System { get; init; }

    public required int Processors { get; init; }

    public required long MemoryBytes { get; init; }

    public required IReadOnlyList<string> Variables { get; init; }

    public required IReadOnlyList<string> Options { get; init; }

    public required IReadOnlyList<Check> Checks { get; init; }

    /// <summary>Writes it.</summary>
    /// <exception cref="NotAcceptedException">The file cannot be written.</exception>
    public static async Task WriteAsync(string file, Diagnosis diagnosis, IReadOnlyList<string> options, Redaction redaction, CancellationToken cancellationToken)
    {
        var report = new DoctorReport
        {
            Program = typeof(DoctorReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
            Runtime = $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}",
            System = RuntimeInformation.OSDescription,
            Processors = Environment.ProcessorCount,
            MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            Variables = [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => (string)entry.Key).Where(IsReported).Order(StringComparer.Ordinal)],
            Options = options,
            Checks = [.. diagnosis.Checks.Select(check => check with { Detail = redaction.Of(check.Detail), Remedy = check.Remedy is null ? null : redaction.Of(check.Remedy) })],
        };
        try
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report, DoctorJson.Default.DoctorReport) + "\n", cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NotAcceptedException($"--report {file} cannot be written: {error.Message}");
        }
    }

    private static bool IsReported(string name) =>
        Reported.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) || name.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase);
}
