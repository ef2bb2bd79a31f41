using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Logging;

/// <summary>The framework's own reader of the section <c>Logging</c>. It throws at a level that is none, in the middle of a host that runs; here what it read before holds.</summary>
/// <remarks>What is wrong is said by <see cref="LoggingSection"/>, with all other mistakes of the configuration.</remarks>
/// <param name="reader">The framework's.</param>
internal sealed class LogFilters(IConfigureOptions<LoggerFilterOptions> reader) : IConfigureOptions<LoggerFilterOptions>
{
    private List<LoggerFilterRule> last = [];

    /// <summary>Puts them around the framework's readers that are there by now, in their places: of two rules the later one counts.</summary>
    public static void Surround(IServiceCollection services)
    {
        for (var i = 0; i < services.Count; i++)
        {
            if (services[i] is { IsKeyedService: false, ImplementationInstance: IConfigureOptions<LoggerFilterOptions> reader })
            {
                services[i] = ServiceDescriptor.Singleton<IConfigureOptions<LoggerFilterOptions>>(new LogFilters(reader));
            }
        }
    }

    /// <inheritdoc/>
    public void Configure(LoggerFilterOptions options)
    {
        List<LoggerFilterRule> before = [.. options.Rules];
        try
        {
            reader.Configure(options);
            last = [.. options.Rules.Skip(before.Count)];
        }
        catch (InvalidOperationException)
        {
            options.Rules.Clear();
            foreach (var rule in before.Concat(last))
            {
                options.Rules.Add(rule);
            }
        }
    }
}
