using AkiDb.Bridge;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Puts the bridge into a host that is being built.</summary>
public static class BridgeHostApplicationBuilderExtensions
{
    /// <summary>Adds the bridge, configured by the section <c>Bridge</c> of the host's configuration. It may be called more than once.</summary>
    /// <param name="builder">The host being built: of a program, a web application or a worker service.</param>
    /// <param name="configure">Changes options after the configuration was read; null for nothing.</param>
    public static IHostApplicationBuilder AddAkiDbBridge(this IHostApplicationBuilder builder, Action<BridgeOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddAkiDbBridge(configure ?? (_ => { }));
        return builder;
    }
}
