using System.CommandLine;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Host.Logging;
using AkiDb.Bridge.Host.Services;
using AkiDb.Bridge.Host.Services.Systemd;
using AkiDb.Bridge.Host.Settings;
using AkiDb.Bridge.Host.Streams;
using AkiDb.Bridge.Host.Telemetry;
using AkiDb.Bridge.Processes;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge serve</c>: the HTTP server, as a console program or a systemd, launchd or Windows service.</summary>
internal static class ServeCommand
{
    public static Command Create() => Create((read, token) => StartupErrors.ReportAsync(() => ServeAsync(read(), configure: null, token)));

    /// <summary>The service that these switches and variables make, as it will be when it runs.</summary>
    /// <exception cref="UsageException">The switches cannot be parsed.</exception>
    /// <exception cref="OptionsValidationException">A value is not accepted.</exception>
    public static async Task<ServiceSettings> DescribeServiceAsync(string name, IReadOnlyList<string> switches, IReadOnlyDictionary<string, string> environment)
    {
        var values = await ReadAsync(switches);
        foreach (var (variable, value) in environment)
        {
            Environment.SetEnvironmentVariable(variable, value);
        }

        var builder = CreateBuilder(values);
        await using var application = builder.Build();
        var options = application.Services.GetRequiredService<IOptions<BridgeOptions>>().Value;
        var http = HttpSection.OptionsOf(application.Services);
        return new ServiceSettings
        {
            Name = name,
            Program = Environment.ProcessPath!,
            Arguments = switches,
            Environment = OperatingSystem.IsWindows() ? await WithPythonAsync(options, environment) : environment,
            Ports = http.GrpcPort is { } grpc ? [http.Port, grpc] : [http.Port],
            StopLimit = ServiceSettings.StopLimitOf(application.Services),
        };
    }

    /// <summary>What these switches say, as configuration.</summary>
    /// <exception cref="UsageException">They cannot be parsed.</exception>
    public static async Task<IReadOnlyDictionary<string, string?>> ReadAsync(IReadOnlyList<string> switches)
    {
        Func<IReadOnlyDictionary<string, string?>>? read = null;
        var parsed = Create((given, _) =>
        {
            read = given;
            return Task.FromResult(ExitCodes.Success);
        }).Parse(switches);
        if (UsageErrors.Find(parsed) is { } mistake)
        {
            throw mistake;
        }

        await parsed.InvokeAsync();
        return read!();
    }

    // A service of Windows has neither the PATH nor the folders of who installs it: what is found now is what it gets.
    private static async Task<IReadOnlyDictionary<string, string>> WithPythonAsync(BridgeOptions options, IReadOnlyDictionary<string, string> environment)
    {
        if (options.Provider != EmbeddingProvider.PythonBridge)
        {
            return environment;
        }

        try
        {
            var python = await PythonInterpreter.FindAsync(options.Worker.PythonPath, TimeProvider.System, CancellationToken.None);
            return new Dictionary<string, string>(environment) { ["AKIDB_EMBEDDING_PYTHON_PATH"] = python };
        }
        catch (BridgeException error)
        {
            await StandardError.WriteLineAsync($"{error.Message} Until then the in-process engine answers alone.");
            return environment;
        }
    }

    // What is wrong with the values is for whoever reads them to report.
    private static BridgeCommand Create(Func<Func<IReadOnlyDictionary<string, string?>>, CancellationToken, Task<int>> run)
    {
        var switches = CreateSwitches();
        var command = new BridgeCommand(
            "serve",
            "Serves embeddings over HTTP, until it is stopped with Ctrl+C or SIGTERM. SIGHUP reads the configuration again.",
            "serve",
            "serve --port 9000 --model intfloat/e5-small-v2");
        switches.AddTo(command);
        command.SetAction((parsed, token) => run(() => switches.ToConfiguration(parsed), token));
        return command;
    }

    /// <summary>The switches of a server.</summary>
    public static BridgeSwitches CreateSwitches()
    {
        var switches = new BridgeSwitches();
        switches.Add("--host", "Http:Host", "The address to listen on; 127.0.0.1 by default.");
        switches.Add("--port", "Http:Port", "The port to listen on, 0 for a free one; 8080 by default.");
        switches.Add("--grpc-port", "Http:GrpcPort", "The port for gRPC, 0 for a free one; none by default.");
        switches.Add("--unix-socket", "Http:UnixSocket", "The path of a Unix socket to listen on too.");
        return switches;
    }

    /// <summary>Serves until the program is stopped.</summary>
    /// <param name="values">What the command line says.</param>
    /// <param name="configure">Adds what the program does beside; null for nothing.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<int> ServeAsync(IReadOnlyDictionary<string, string?> values, Action<WebApplicationBuilder>? configure, CancellationToken cancellationToken)
    {
        WindowsJob.HoldThisProcess();
        var builder = CreateBuilder(values);
        configure?.Invoke(builder);
        await using var application = builder.Build();
        var reload = application.Services.GetRequiredService<ConfigurationFiles>().Reload;
        var notifier = application.Services.GetService<ISystemdNotifier>();
        using var signals = new StopSignals(application.Lifetime.StopApplication, notifier is null ? reload : () => SystemdReporter.Reload(notifier, reload));
        application.MapAkiDbBridge();
        return await HostRun.RunAsync(application, signals, cancellationToken);
    }

    private static WebApplicationBuilder CreateBuilder(IReadOnlyDictionary<string, string?> values)
    {
        // appsettings.json lies beside the program, wherever a service manager starts it.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = ConfigurationFiles.DoNotWatch });
        ConfigurationFiles.Use(builder.Configuration, AppContext.BaseDirectory);
        builder.Configuration.AddAkiDbServerEnvironment().AddInMemoryCollection(values);
        builder.Logging.UseQueuedConsole();
        builder.AddOpenTelemetryExport();
        builder.Services.AddSingleton<Answering>().AddSystemdReports();
        builder.Services.AddAkiDbBridge().AddAkiDbBridgeHttp().AddBridgeQueue();
        builder.Services.AddSingleton<ConfigurationFiles>().AddHostedService(provider => provider.GetRequiredService<ConfigurationFiles>());

        // Only Bridge:Http says where it listens, and who may come in there: not the web server's own section.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Configure());
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<BridgeOptions>>((host, bridge) =>
        {
            // Kestrel drains first, then the workers have their grace period and the time it takes to kill what is left.
            var models = bridge.Value.OfAllModels.ToList();
            host.ShutdownTimeout = models.Max(model => model.Dispatch.Timeout) + models.Max(model => model.Supervision.GracePeriod) + TimeSpan.FromSeconds(10);
        });
        return builder;
    }
}
