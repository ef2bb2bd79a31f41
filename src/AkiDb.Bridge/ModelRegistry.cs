namespace AkiDb.Bridge;

/// <summary>All models of the host, the default one first; finds the one that a request names.</summary>
/// <param name="first">The default model, which stays.</param>
internal sealed class ModelRegistry(HostedModel first)
{
    private readonly Lock gate = new();
    private volatile IReadOnlyList<HostedModel> all = [first];

    /// <summary>The models at this moment.</summary>
    public IReadOnlyList<HostedModel> All => all;

    public HostedModel Default => first;

    /// <summary>All but the default one.</summary>
    public IEnumerable<HostedModel> Further => all.Skip(1);

    public void Add(HostedModel model)
    {
        lock (gate)
        {
            all = [.. all, model];
        }
    }

    public void Remove(HostedModel model)
    {
        lock (gate)
        {
            all = [.. all.Where(other => other != model)];
        }
    }

    public void Replace(HostedModel old, HostedModel successor)
    {
        lock (gate)
        {
            all = [.. all.Select(model => model == old ? successor : model)];
        }
    }

    /// <summary>The model that a request means; null names the default one.</summary>
    /// <exception cref="BridgeException">There is none of that name (<see cref="BridgeErrorKind.UnknownModel"/>).</exception>
    public HostedModel Find(string? name)
    {
        if (name is null)
        {
            return first;
        }

        // A failed model may have failed because its name is another's.
        var meant = all.Where(model => model.Matches(name)).OrderBy(model => model.Runtime is null).FirstOrDefault();
        return meant ?? throw new BridgeException(BridgeErrorKind.UnknownModel, NotServed(name));
    }

    private string NotServed(string name)
    {
        string[] served = [.. all.Where(model => model.Runtime is not null).Select(model => $"'{model.Id}'")];
        return served.Length == 1
            ? $"The model '{name}' is not served here; {served[0]} is. Name that one, or leave 'model' out."
            : $"The model '{name}' is not served here; {string.Join(", ", served[..^1])} and {served[^1]} are. Name one of them, or leave 'model' out for {served[0]}.";
    }
}
