using System.Runtime.CompilerServices;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Host.Trials;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Supervision;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Everything that a new operator gets wrong, looked at in the order in which it is needed.</summary>
/// <remarks>
/// 1. The configuration, which says what is to run.
/// 2. The machine: processor, limits, clock, folders, port.
/// 3. The workers' Python and its packages.
/// 4. The model, and whether there is memory for it.
/// 5. The engines: each computes a text.
/// </remarks>
/// <param name="values">What the command line says, as configuration.</param>
/// <param name="time">The clock.</param>
internal sealed class Examination(IReadOnlyDictionary<string, string?> values, TimeProvider time)
{
    private const string CpuInfo = "/proc/cpuinfo";
    private const string MemInfo = "/proc/meminfo";

    /// <summary>The names of the configuration's values that are set.</summary>
    public IReadOnlyList<string> ConfiguredNames { get; private set; } = [];

    /// <summary>Looks at everything.</summary>
    public async IAsyncEnumerable<Check> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (options, http, configuration) = ReadConfiguration();
        yield return configuration;
        foreach (var check in OfMachine())
        {
            yield return check;
        }

        if (options is null)
        {
            yield break;
        }

        yield return AccessCheck.Of(http!, time);
        yield return await PortCheck.OfAsync(http!.Host, http.Port, cancellationToken);
        var placement = WorkerPlacement.OnThisMachine(options.Supervision.Workers, options.Worker.Device);
        var hasWorkers = options.Provider == EmbeddingProvider.PythonBridge;
        yield return ThreadCheck.Of(placement.Count, options.Worker.Threads, Environment.ProcessorCount, Processors(), Environment.GetEnvironmentVariable("OMP_NUM_THREADS"));
        var pythonFailed = false;
        if (hasWorkers)
        {
            var threads = options.Worker.Threads > 0 ? options.Worker.Threads : Math.Max(1, Environment.ProcessorCount / placement.Count);
            await foreach (var check in new PythonChecks(options, time).RunAsync(threads, placement.Gpus.Count, cancellationToken))
            {
                pythonFailed |= check.Result == CheckResult.Fail;
                yield return check;
            }
        }

        var library = NativeLibraryCheck.OfThisProgram();
        yield return library;
        var (model, weightBytes) = await new ModelChecks(ModelSearchPaths.FromEnvironment()).RunAsync(options.Model, options.Worker.Encoder, cancellationToken);
        yield return model;
        if (model.Result != CheckResult.Pass)
        {
            yield break;
        }

        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        yield return MemoryCheck.Of(weightBytes, hasWorkers ? placement.Count : 0, limit, MemoryCheck.Available(File.Exists(MemInfo) ? File.ReadLines(MemInfo) : [], limit));
        var engines = new EngineChecks(new EngineTrial(Configure, time));
        if (library.Result == CheckResult.Pass)
        {
            yield return await engines.InProcessAsync(cancellationToken);
        }

        if (hasWorkers && !pythonFailed)
        {
            yield return await engines.WorkerAsync(cancellationToken);
        }
    }

    private IEnumerable<Check> OfMachine()
    {
        yield return InstructionSetCheck.OfThisMachine();
        yield return ClockCheck.Of(time.GetUtcNow(), File.GetLastWriteTimeUtc(Environment.ProcessPath!));
        yield return LocaleCheck.Of(Environment.GetEnvironmentVariable);
        yield return ProxyCheck.Of(Environment.GetEnvironmentVariable);
        foreach (var check in LimitChecks.OfThisProcess().Concat(FolderChecks.Of(ModelSearchPaths.FromEnvironment())))
        {
            yield return check;
        }
    }

    private static int Processors() => File.Exists(CpuInfo)
        ? Math.Max(Environment.ProcessorCount, File.ReadLines(CpuInfo).Count(line => line.StartsWith("processor", StringComparison.Ordinal)))
        : Environment.ProcessorCount;

    private void Configure(IConfigurationBuilder configuration) => configuration.AddAkiDbServerEnvironment().AddInMemoryCollection(values);

    private (BridgeOptions? Options, HttpOptions? Http, Check Check) ReadConfiguration()
    {
        const string Name = "configuration";
        const string Remedy = "Correct it where it was given: a switch, a variable AKIDB_..., or appsettings.json beside the program.";
        try
        {
            using var host = QuietHost.Build(Configure, least: LogLevel.None);
            ConfiguredNames = [.. host.Services.GetRequiredService<IConfiguration>().GetSection(BridgeOptions.Section).AsEnumerable(makePathsRelative: true).Where(pair => pair.Value is not null).Select(pair => pair.Key).Order()];
            var options = host.Services.GetRequiredService<IOptions<BridgeOptions>>().Value;
            return (options, HttpSection.OptionsOf(host.Services), Check.Pass(Name, $"{ConfiguredNames.Count} values are set; the rest is as the program has it"));
        }
        catch (OptionsValidationException invalid)
        {
            return (null, null, Check.Fail(Name, string.Join(' ', invalid.Failures), Remedy));
        }
        catch (InvalidDataException error)
        {
            return (null, null, Check.Fail(Name, $"{error.Message} {error.InnerException?.Message}".TrimEnd(), Remedy));
        }
    }
}
