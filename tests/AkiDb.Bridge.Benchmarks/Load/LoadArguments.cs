using System.Globalization;
using System.Runtime.CompilerServices;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Configuration;

namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary><c>[SECONDS [worker|in-process [MAXWAIT]]]</c></summary>
/// <param name="Window">How long to measure.</param>
/// <param name="Engine">The one to measure; null for each of them.</param>
/// <param name="MaxWait">As in the admission options; their default.</param>
internal sealed record LoadArguments(TimeSpan Window, string? Engine, TimeSpan MaxWait)
{
    private static readonly string[] Engines = ["worker", "in-process"];

    public static LoadArguments Parse(string[] arguments, TimeSpan defaultWindow) => new(
        arguments is [var seconds, ..] ? TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)) : defaultWindow,
        arguments.ElementAtOrDefault(1),
        Duration.TryParse(arguments.ElementAtOrDefault(2) ?? "", out var wait) ? wait : new AdmissionOptions().MaxWait);

    /// <summary>Each engine that is here, one after the other: it is stopped when the next is asked for.</summary>
    public async IAsyncEnumerable<LoadEngine> StartEachAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var name in Engines.Where(name => Engine is null || name == Engine))
        {
            await using var engine = name == "worker" ? await LoadEngine.StartWorkerAsync(MaxWait, cancellationToken) : await LoadEngine.StartInProcessAsync(MaxWait, cancellationToken);
            if (engine is not null)
            {
                yield return engine;
            }
        }
    }
}
