using CliWrap;

namespace AkiDb.Bridge.Benchmarks.Queue;

/// <summary>Consumers in processes of their own.</summary>
internal sealed class RunningConsumers : IAsyncDisposable
{
    private readonly CancellationTokenSource kill = new();
    private readonly CancellationTokenSource interrupt = new();
    private readonly List<Task> running = [];

    public void Add(Command command) => running.Add(command
        .WithValidation(CommandResultValidation.None).WithStandardErrorPipe(PipeTarget.ToDelegate(Console.Error.WriteLine)).ExecuteAsync(kill.Token, interrupt.Token));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await interrupt.CancelAsync();
        kill.CancelAfter(TimeSpan.FromMinutes(1));
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        interrupt.Dispose();
        kill.Dispose();
    }
}
