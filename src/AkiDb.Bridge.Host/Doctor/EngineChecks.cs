using System.Globalization;
using AkiDb.Bridge.Host.Trials;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Has each engine really compute a text, and compares what it gives with what is known.</summary>
/// <param name="trial">Starts engines.</param>
internal sealed class EngineChecks(EngineTrial trial)
{
    private static readonly string[] Texts = [KnownVector.Text];

    /// <summary>The engine in this process.</summary>
    public Task<Check> InProcessAsync(CancellationToken cancellationToken) => TryAsync(
        "in-process engine", "Without it nobody answers while workers start or have died: install the program again, or choose another model.", trial.InProcessAsync(Texts, cancellationToken));

    /// <summary>One worker, and nobody else.</summary>
    public Task<Check> WorkerAsync(CancellationToken cancellationToken) => TryAsync(
        "worker", "Do what it says; 'akidb-bridge serve --set Logging:LogLevel:Default=Debug' shows everything that the worker says.", trial.WorkerAsync(Texts, cancellationToken));

    private static async Task<Check> TryAsync(string name, string remedy, Task<TrialResult> trying)
    {
        try
        {
            return Judge(name, await trying);
        }
        catch (BridgeException error)
        {
            return Check.Fail(name, error.Message, remedy);
        }
    }

    private static Check Judge(string name, TrialResult result)
    {
        var times = string.Create(CultureInfo.InvariantCulture, $"ready after {result.Ready.TotalSeconds:F1} s, one text takes {result.OneText.TotalMilliseconds:F1} ms");
        if (result.Answer.Model != KnownVector.Model)
        {
            return Check.Pass(name, times);
        }

        var required = result.Answer.Space.Precision == "float32" ? 0.9999 : 0.999;
        var cosine = KnownVector.CosineWith(result.Answer.Vectors[0].Span);
        return cosine >= required
            ? Check.Pass(name, string.Create(CultureInfo.InvariantCulture, $"{times}; its vector is the known one (cosine {cosine:F6})"))
            : Check.Fail(
                name,
                string.Create(CultureInfo.InvariantCulture, $"Its vector is wrong: the cosine with the known one is {cosine:F6}, at least {required} is right."),
                "Do not use it. Install the program and the worker's packages again; if it stays, report it with 'akidb-bridge doctor --report FILE'.");
    }
}
