namespace AkiDb.Bridge.Chaos;

/// <summary>A verdict as people read it.</summary>
internal static class VerdictTable
{
    private const int NameWidth = 22;

    public static void Write(TextWriter output, Verdict verdict)
    {
        Row("requests", $"{verdict.Requests}");
        Row("failed", verdict.Failures.Count == 0 ? "0" : $"{verdict.Failures.Values.Sum()}: {Join(verdict.Failures.Select(pair => $"{pair.Key} {pair.Value}"))}");
        Rows(verdict.FailureExamples);
        Row("wrong vectors", $"{verdict.WrongVectors}");
        Rows(verdict.WrongExamples);
        Row("faults", Join(verdict.Faults.Select(pair => $"{pair.Key} {pair.Value.Done}")));
        Row("  no worker was there", Join(verdict.Faults.Where(pair => pair.Value.NobodyThere > 0).Select(pair => $"{pair.Key} {pair.Value.NobodyThere}")));
        Row("served by", Join(verdict.ServedBy.Select(pair => $"{pair.Key} {pair.Value}")));
        Row("latency, no faults", Milliseconds(verdict.Undisturbed));
        Row("latency, with faults", Milliseconds(verdict.WithFaults));
        Row("workers replaced", $"{verdict.Restarts}");
        Row("workers ready again", $"{verdict.WorkersReady} of {verdict.Workers}{(verdict.RecoveryMilliseconds is { } recovery ? $", after {recovery:F0} ms" : "")}");
        Row("leaked processes", $"{verdict.LeakedProcesses.Count}");
        Rows(verdict.LeakedProcesses);
        Row("host's descriptors", $"{Number(verdict.DescriptorsBefore)} before, {Number(verdict.DescriptorsAfter)} after{(verdict.LeaksDescriptors ? ": leaked" : "")}");
        Row("bridge", verdict.BridgeState);
        Row("seed", $"{verdict.Seed}");
        Row("verdict", verdict.Passed ? "passed" : verdict.Faults.Values.All(fault => fault.Done == 0) ? "FAILED: no fault happened, so nothing is proven" : "FAILED");

        void Row(string name, string value) => output.WriteLine($"{name.PadRight(NameWidth)}  {value}");

        void Rows(IReadOnlyList<string> values)
        {
            foreach (var value in values)
            {
                Row("", value);
            }
        }
    }

    private static string Milliseconds(Latencies latencies) =>
        $"p50 {latencies.P50:F1} ms, p99 {latencies.P99:F1}, p99.9 {latencies.P999:F1}, largest {latencies.Largest:F1}, {latencies.Requests} requests";

    private static string Number(int? number) => number is null ? "unknown" : $"{number}";

    private static string Join(IEnumerable<string> parts) => string.Join(", ", parts) is { Length: > 0 } text ? text : "-";
}
