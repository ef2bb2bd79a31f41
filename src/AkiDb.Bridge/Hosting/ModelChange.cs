namespace AkiDb.Bridge.Hosting;

/// <summary>One change of one model, on its way.</summary>
/// <param name="options">What it is to become; null when it is to be removed.</param>
/// <param name="stopping">The host stops.</param>
internal sealed class ModelChange(ModelOptions? options, CancellationToken stopping)
{
    private readonly CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(stopping);

    public ModelOptions? Options { get; } = options;

    public CancellationToken Token => giveUp.Token;

    /// <summary>Completes when the change is made, has failed or was given up; never with an exception.</summary>
    public Task Done { get; set; } = Task.CompletedTask;

    public void GiveUp() => giveUp.Cancel();
}
