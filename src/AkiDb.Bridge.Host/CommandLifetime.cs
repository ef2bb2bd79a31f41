namespace AkiDb.Bridge.Host;

/// <summary>Lets a host inside a command run until the command ends it. Signals are the command's: .NET's own lifetime would stop a host that is still starting, and the work that waits for it.</summary>
internal sealed class CommandLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
