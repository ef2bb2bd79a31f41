using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Services;

/// <summary>A systemd over a copy of this machine, with the program that is tested.</summary>
public sealed class SystemdMachine : IAsyncLifetime
{
    private const string Installed = "/opt/akidb-bridge";

    private NspawnMachine? machine;

    /// <summary>Why there is none; null when it runs.</summary>
    public string? Missing { get; private set; } = NspawnMachine.Missing;

    /// <summary>The program, inside.</summary>
    public static string Program { get; } = $"{Installed}/{Path.GetFileName(BridgeProcess.Executable)}";

    /// <summary>Its first process, as this machine numbers it.</summary>
    internal int FirstProcess => machine!.FirstProcess;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Missing is null)
        {
            try
            {
                machine = await NspawnMachine.BootAsync("/", $"{Path.GetDirectoryName(BridgeProcess.Executable)}:{Installed}");
            }
            catch (TimeoutException error)
            {
                Missing = $"systemd does not boot here: {error.Message}";
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (machine is not null)
        {
            await machine.DisposeAsync();
        }
    }

    internal Task<(int ExitCode, string Output)> RunAsync(params string[] command) => machine!.RunAsync(command);

    internal Task<string> ShellAsync(string line) => machine!.ShellAsync(line);

    internal Task RebootAsync() => machine!.RebootAsync();

    /// <summary>One property of the service.</summary>
    internal Task<string> PropertyAsync(string name) => ShellAsync($"systemctl show --value --property={name} akidb-bridge");
}
