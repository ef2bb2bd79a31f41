using Microsoft.Extensions.Hosting;

namespace AkiDb.Bridge.Native.Hosting;

/// <summary>The process is somebody else's: no signal starts or stops anything, and nothing is written to the console.</summary>
internal sealed class GuestLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
