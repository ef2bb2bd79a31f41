using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Hosting;

/// <summary>All models of the host, the default one first; finds the one that a request names.</summary>
internal sealed class ModelRegistry : IModelDirectory
{
    // A name may only be known when a folder was read; whoever asks for it in the first moments waits so long.
    private static readonly TimeSpan LongestWaitForNames = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private volatile IReadOnlyList<ModelHost> all;

    /// <param name="options">What the host is started with.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">The log.</param>
    /// <exception cref="OptionsValidationException">The configuration has errors.</exception>
    public ModelRegistry(IOptions<BridgeOptions> options, TimeProvider time, ILoggerFactory loggers)
    {
        this.time = time;
        Default = new ModelHost(options.Value, time, loggers.CreateLogger<ModelHost>());
        all = [Default];
    }

    /// <summary>The models at this moment.</summary>
    public IReadOnlyList<ModelHost> All => all;

    /// <summary>The default model, which stays.</summary>
    public ModelHost Default { get; }

    /// <summary>All but the default one.</summary>
    public IEnumerable<ModelHost> Further => all.Skip(1);

    /// <summary>Puts a model beside the others, or in the place of one that has failed.</summary>
    public void Add(ModelHost model, ModelHost? failed)
    {
        lock (gate)
        {
            all = failed is not null && all.Contains(failed) ? [.. all.Select(other => other == failed ? model : other)] : [.. all, model];
        }
    }

    public void Remove(ModelHost model)
    {
        lock (gate)
        {
            all = [.. all.Where(other => other != model)];
        }
    }

    /// <summary>Lets requests in to a model that was read and is in the registry, or takes the place of another there.</summary>
    /// <param name="model">The model.</param>
    /// <param name="old">The model whose place it takes; null when it has its own.</param>
    /// <returns>A name that it has in common with another open model, which keeps it; null when it was opened, or is no longer wanted.</returns>
    public (string Name, ModelHost Taken)? TryOpen(ModelHost model, ModelHost? old = null)
    {
        lock (gate)
        {
            if (!all.Contains(old ?? model))
            {
                return null;
            }

            foreach (var other in all.Where(other => other.IsOpen && other != old))
            {
                if (model.Name.SharedWith(other.Name) is { } shared)
                {
                    return (shared, other);
                }
            }

            if (old is not null)
            {
                all = [.. all.Select(other => other == old ? model : other)];
            }

            model.Open();
            return null;
        }
    }

    /// <inheritdoc/>
    public BridgeStatus GetStatus() => new([.. all.Select(model => model.Status)]);

    /// <inheritdoc/>
    public ModelStatus GetStatus(string? name) => (Find(name) ?? throw Unknown(name!)).Status;

    /// <inheritdoc/>
    public bool RestartWorker(int slot, string? model) => (Find(model) ?? throw Unknown(model!)).RestartWorker(slot);

    /// <inheritdoc/>
    public async ValueTask<EmbeddingPipeline> EnterAsync(string? name, TimeSpan? timeout, long started, CancellationToken cancellationToken)
    {
        while (true)
        {
            var model = Find(name) ?? await FindAmongNewAsync(name!, cancellationToken).ConfigureAwait(false) ?? throw Unknown(name!);
            if (!model.Opened.IsCompleted)
            {
                // The request has not been checked yet: its timeout may be one that no timer can take.
                var allowed = timeout > TimeSpan.Zero && timeout <= RequestValidator.LongestTimeout ? timeout.Value : model.Options.Dispatch.Timeout;
                await WaitAsync([model.Opened], new RequestTime(time, started, allowed).Remaining, cancellationToken).ConfigureAwait(false);
            }

            // A model leaves the registry before its drain is closed: what is found closed is not found again.
            var refusal = model.WhyNoRequests;
            if (refusal is null && model.Pipeline.Drain.TryEnter())
            {
                return model.Pipeline;
            }

            if (refusal is not null && all.Contains(model))
            {
                throw new BridgeException(refusal);
            }
        }
    }

    private async ValueTask<ModelHost?> FindAmongNewAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task[] unread = [.. all.Where(model => !model.Opened.IsCompleted && model.Age < LongestWaitForNames).Select(model => model.Opened)];
            if (Find(name) is { } model)
            {
                return model;
            }

            if (unread.Length == 0)
            {
                return null;
            }

            await WaitAsync(unread, LongestWaitForNames, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(IEnumerable<Task> any, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var late = Task.Delay(longest > TimeSpan.Zero ? longest : TimeSpan.Zero, time, bound.Token);
        await Task.WhenAny(any.Append(late)).ConfigureAwait(false);
        await bound.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    // A failed model may have failed because its name is another's.
    private ModelHost? Find(string? name) =>
        name is null ? Default : all.Where(model => model.Matches(name)).OrderBy(model => model.Failure is not null).FirstOrDefault();

    private BridgeException Unknown(string name)
    {
        string[] served = [.. all.Where(model => model.IsOpen).Select(model => $"'{model.Id}'")];
        var known = served.Length switch
        {
            0 => "none is yet. Try again later.",
            1 => $"{served[0]} is. Name that one, or leave 'model' out.",
            _ => $"{string.Join(", ", served[..^1])} and {served[^1]} are. Name one of them, or leave 'model' out for {served[0]}.",
        };
        return new BridgeException(BridgeErrorKind.UnknownModel, $"The model {ForeignText.Quote(name)} is not served here; {known}");
    }
}
