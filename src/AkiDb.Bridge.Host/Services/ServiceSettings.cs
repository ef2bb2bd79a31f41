using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Services;

/// <summary>A service as it is to be installed.</summary>
internal sealed record ServiceSettings
{
    // After the host's own limit for its stop: the time until a service manager kills what is left.
    private static readonly TimeSpan BeyondStop = TimeSpan.FromSeconds(10);

    /// <summary>What the system calls it.</summary>
    public required string Name { get; init; }

    /// <summary>The program, absolute.</summary>
    public required string Program { get; init; }

    /// <summary>The switches of <c>serve</c>.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Variables of its environment, absolute where they are paths.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The ports that it listens on.</summary>
    public required IReadOnlyList<int> Ports { get; init; }

    /// <summary>How long a stop may take, the time to kill what is left included.</summary>
    public required TimeSpan StopLimit { get; init; }

    /// <summary>The <see cref="StopLimit"/> of a host with these services.</summary>
    public static TimeSpan StopLimitOf(IServiceProvider services) => services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout + BeyondStop;
}
