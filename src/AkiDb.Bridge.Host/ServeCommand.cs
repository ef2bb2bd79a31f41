using System.CommandLine;
using System.Net;
using AkiDb.Bridge.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host;

/// <summary><c>akidb-bridge serve</c>: the HTTP server, as a console program or a systemd, launchd or Windows service.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var switches = new BridgeSwitches();
        switches.Add("--host", "Http:Host", "The address to listen on; 127.0.0.1 by default.");
        switches.Add("--port", "Http:Port", "The port to listen on; 8080 by default.");
        var command = new Command("serve", "Serves embeddings over HTTP.");
        switches.AddTo(command);
        command.SetAction((parsed, token) => StartupErrors.ReportAsync(() => ServeAsync(switches.ToConfiguration(parsed), token)));
        return command;
    }

    private static async Task<int> ServeAsync(IReadOnlyDictionary<string, string?> values, CancellationToken cancellationToken)
    {
        // appsettings.json lies beside the program, wherever a service manager starts it.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddAkiDbEnvironment().AddInMemoryCollection(values);
        builder.Services.AddSystemd().AddWindowsService();
        builder.Services.AddAkiDbBridge();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>, KestrelSetup>();

        // Nothing on a request's way keeps its thread for long: it may as well be the one that received it, and the one that answers.
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<BridgeOptions>>((host, bridge) =>
        {
            // Kestrel drains first, then the workers have their grace period and the time it takes to kill what is left.
            var models = bridge.Value.Models.Select(entry => entry.Value).Append(bridge.Value).ToList();
            host.ShutdownTimeout = models.Max(model => model.Dispatch.Timeout.Value) + models.Max(model => model.Supervision.GracePeriod.Value) + TimeSpan.FromSeconds(10);
        });
        await using var application = builder.Build();
        ConfigurationFiles.ReportUnreadable(builder.Configuration, application.Logger);

        // An address that is not a route is answered with a problem too, not with an empty 404.
        application.UseStatusCodePages();
        application.MapAkiDbBridge();
        await application.RunAsync(cancellationToken);
        return 0;
    }

    private sealed class KestrelSetup(IOptions<BridgeOptions> bridge) : IConfigureOptions<KestrelServerOptions>
    {
        public void Configure(KestrelServerOptions kestrel)
        {
            var http = bridge.Value.Http;
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = http.MaxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = http.MaxConnections;
            if (http.Host == "localhost")
            {
                kestrel.ListenLocalhost(http.Port);
            }
            else
            {
                kestrel.Listen(IPAddress.Parse(http.Host), http.Port);
            }
        }
    }
}
