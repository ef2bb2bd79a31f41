using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace AkiDb.Bridge.Benchmarks.Parts;

/// <summary>The small parts of a request's way, each by itself: time and bytes allocated, measured by BenchmarkDotNet.</summary>
internal sealed class PartsBenchmark : IBenchmark
{
    private static readonly Type[] Parts = [typeof(FrameParts), typeof(TokenizeParts), typeof(BatchParts), typeof(ScatterParts), typeof(GeneratorParts), typeof(AnswerParts)];

    public string Name => "parts";

    public string Summary => "[PART]: frame codec, tokeniser, batch cut, scatter, generator, answer: time and bytes allocated";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        // In this process: the usual way, a build of its own for each, takes minutes on a small machine.
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "akidb-bench-parts"));
        var table = new Table("part", "ns", "+/-", "bytes allocated");
        var figures = new List<PartFigure>();
        foreach (var part in Parts.Where(part => arguments is not [var only, ..] || part.Name.StartsWith(only, StringComparison.OrdinalIgnoreCase)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var summary = BenchmarkRunner.Run(part, config);
            foreach (var report in summary.Reports)
            {
                var figure = Figure(report);
                figures.Add(figure);
                table.Add(figure.Part, $"{figure.Nanoseconds:F0}", $"{figure.Deviation:F0}", $"{figure.AllocatedBytes}");
            }
        }

        table.Print("One call of each part, one thread");
        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
    }

    private static PartFigure Figure(BenchmarkReport report)
    {
        var statistics = report.ResultStatistics ?? throw new InvalidOperationException($"{report.BenchmarkCase.DisplayInfo} could not be measured.");
        return new PartFigure(
            $"{report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'')} {report.BenchmarkCase.Parameters.DisplayInfo}".Trim(), statistics.Mean, statistics.StandardDeviation,
            report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0);
    }
}
