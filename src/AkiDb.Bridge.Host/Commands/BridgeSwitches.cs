using System.CommandLine;

namespace AkiDb.Bridge.Host.Commands;

/// <summary>The switches that all commands share, each a shorter name for a configuration value.</summary>
internal sealed class BridgeSwitches
{
    private const string ModelKey = "Model";

    // The framework's own section, beside the bridge's.
    private const string LogLevels = "Logging:LogLevel:";

    private readonly List<(Option<string?> Option, string Key)> named = [];

    /// <param name="takesModel">Whether the model is chosen on the command line.</param>
    /// <param name="hasEngines">Whether anything is computed in this process.</param>
    public BridgeSwitches(bool takesModel = true, bool hasEngines = true)
    {
        if (takesModel)
        {
            Add("--model", ModelKey, "The model: a name or a folder; all-MiniLM-L6-v2 by default.");
        }

        if (!hasEngines)
        {
            return;
        }

        Add("--provider", "Provider", "python-bridge (workers and in-process, the default), onnx (in-process only) or mock.");
        Add("--python", "Worker:PythonPath", "The workers' Python interpreter; by default the first that is found and has torch.");
        Add("--workers", "Supervision:Workers", "Worker processes, or auto (the default): one, or one for each GPU.");
        Add("--fallback", "Fallback", "Who answers when the workers cannot: same-space (the default), any or off.");
    }

    /// <summary>Any value, by its name in the configuration.</summary>
    public Option<string[]> Set { get; } = new("--set")
    {
        Description = "Any configuration value, such as --set Worker:Threads=2.",
        HelpName = "Key=Value",
        DefaultValueFactory = _ => [],
    };

    /// <summary>Adds a switch.</summary>
    public void Add(string name, string key, string description) => named.Add((new Option<string?>(name) { Description = description }, key));

    public void AddTo(Command command)
    {
        named.ForEach(pair => command.Options.Add(pair.Option));
        command.Options.Add(Set);
    }

    /// <summary>The model that was chosen, where no other of these switches may be given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="instead">The switch that stands in their place.</param>
    /// <exception cref="UsageException">Another one was given: it would change nothing.</exception>
    public string? ModelAlone(ParseResult parsed, string instead) =>
        named.Where(pair => pair.Key != ModelKey).Select(pair => (Option)pair.Option).Append(Set).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } useless
            ? throw new UsageException($"{useless.Name} is for a bridge of its own, and {instead} asks one that runs: leave one of them out.")
            : named.Where(pair => pair.Key == ModelKey).Select(pair => parsed.GetValue(pair.Option)).FirstOrDefault();

    /// <summary>What the command line says, as configuration; it wins over every other source.</summary>
    /// <exception cref="UsageException">A <c>--set</c> is not Key=Value.</exception>
    public IReadOnlyDictionary<string, string?> ToConfiguration(ParseResult parsed)
    {
        var values = named
            .Select(pair => (pair.Key, Value: parsed.GetValue(pair.Option)))
            .Where(pair => pair.Value is not null)
            .ToDictionary(pair => $"{BridgeOptions.Section}:{pair.Key}", pair => pair.Value, StringComparer.OrdinalIgnoreCase);
        foreach (var text in parsed.GetValue(Set) ?? [])
        {
            var (key, value) = text.Split('=', 2) is [{ Length: > 0 } left, var right]
                ? (left, right)
                : throw new UsageException($"'--set {text}' is not Key=Value, such as --set Worker:Threads=2.");
            values[key.StartsWith(LogLevels, StringComparison.OrdinalIgnoreCase) ? key : $"{BridgeOptions.Section}:{key}"] = value;
        }

        return values;
    }
}
