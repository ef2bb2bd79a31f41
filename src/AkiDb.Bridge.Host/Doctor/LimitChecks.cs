using System.Globalization;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>The limits of the operating system for this process (<c>ulimit</c>).</summary>
internal static class LimitChecks
{
    private const string Unlimited = "unlimited";
    private const string ProcessLimits = "/proc/self/limits";

    private static readonly (string Name, string Line, long Fail, long Warn, string Why, string Remedy)[] Limits =
    [
        ("open files", "Max open files", 128, 1024, "each connection and each worker needs some", "Raise it: ulimit -n 4096, or LimitNOFILE=4096 in the service's unit."),
        ("processes", "Max processes", 32, 256, "workers and their threads count", "Raise it: ulimit -u 4096, or TasksMax= in the service's unit."),
        ("address space", "Max address space", 2L << 30, 16L << 30, "torch and mapped weights need much more of it than of memory", "Lift it: ulimit -v unlimited; limit the memory with a control group instead."),
        ("file size", "Max file size", 64L << 20, 1L << 30, "copies of weights are files", "Lift it: ulimit -f unlimited."),
    ];

    public static IEnumerable<Check> OfThisProcess() => File.Exists(ProcessLimits) ? Of(File.ReadAllLines(ProcessLimits)) : [];

    /// <param name="lines">The lines of <c>/proc/self/limits</c>.</param>
    public static IEnumerable<Check> Of(IReadOnlyList<string> lines) =>
        from limit in Limits
        let line = lines.FirstOrDefault(line => line.StartsWith(limit.Line, StringComparison.Ordinal))
        where line is not null
        select Judge(limit, line[limit.Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]);

    private static Check Judge((string Name, string Line, long Fail, long Warn, string Why, string Remedy) limit, string text)
    {
        if (text == Unlimited || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return Check.Pass(limit.Name, text);
        }

        return value >= limit.Warn
            ? Check.Pass(limit.Name, text)
            : new Check(limit.Name, value < limit.Fail ? CheckResult.Fail : CheckResult.Warn, $"The limit is {text}: {limit.Why}.", limit.Remedy);
    }
}
