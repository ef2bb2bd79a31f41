using System.CommandLine;

namespace AkiDb.Bridge.Host;

/// <summary>The switches that all commands share, each a shorter name for a configuration value.</summary>
internal sealed class BridgeSwitches
{
    private readonly List<(Option<string?> Option, string Key)> named = [];

    public BridgeSwitches()
    {
        Add("--model", "Model", "The model: a name or a folder.");
        Add("--provider", "Provider", "python-bridge, onnx or mock.");
        Add("--python", "Worker:PythonPath", "The workers' Python interpreter.");
        Add("--workers", "Supervision:Workers", "Worker processes.");
        Add("--fallback", "Fallback", "same-space, any or off.");
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

    /// <summary>What the command line says, as configuration; it wins over every other source.</summary>
    /// <exception cref="FormatException">A <c>--set</c> is not Key=Value.</exception>
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
                : throw new FormatException($"'--set {text}' is not Key=Value, such as --set Worker:Threads=2.");
            values[$"{BridgeOptions.Section}:{key}"] = value;
        }

        return values;
    }
}
