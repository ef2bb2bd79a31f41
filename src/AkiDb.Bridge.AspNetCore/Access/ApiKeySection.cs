using System.Globalization;
using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>Reads <c>Bridge:Http:ApiKeys</c>. No sentence of it ever holds a key.</summary>
internal static class ApiKeySection
{
    public const string Name = nameof(HttpOptions.ApiKeys);

    private static readonly char[] Separators = [',', ';', ' '];

    private static readonly OptionsMap<ApiKeyOptions> Map = new OptionsMap<ApiKeyOptions>()
        .Value(nameof(ApiKeyOptions.Name), options => options.Name, (options, value) => options.Name = value, OptionType.Text)
        .Value("Key", _ => "", (options, value) => options.SetKey(value), OptionType.Text)
        .Value(nameof(ApiKeyOptions.KeyFile), options => options.KeyFile, (options, value) => options.KeyFile = value, OptionType.Text)
        .Value(nameof(ApiKeyOptions.TokensPerMinute), options => options.TokensPerMinute, (options, value) => options.TokensPerMinute = value, OptionType.LargeNumber)
        .Value(nameof(ApiKeyOptions.ConcurrentTokens), options => options.ConcurrentTokens, (options, value) => options.ConcurrentTokens = value, OptionType.LargeNumber)
        .Section(nameof(ApiKeyOptions.Scopes), ReadScopes);

    /// <summary>Adds every entry of the section.</summary>
    public static void Read(IConfigurationSection section, HttpOptions options, ICollection<string> mistakes)
    {
        ConfigurationSections.Expect(section, mistakes);
        foreach (var entry in section.GetChildren())
        {
            var key = new ApiKeyOptions { Name = entry.Key };
            if (entry.Value is { } value && !entry.GetChildren().Any())
            {
                key.SetKey(value);
            }
            else if (entry.Value is { Length: > 0 })
            {
                mistakes.Add($"{entry.Path} is both a key and a section. Write one of them.");
            }
            else
            {
                Map.Read(entry, key, mistakes);
            }

            options.ApiKeys.Add(key);
        }
    }

    /// <summary>What is wrong with the keys, as far as it can be told without reading files.</summary>
    public static IEnumerable<string> Check(IList<ApiKeyOptions> keys)
    {
        for (var index = 0; index < keys.Count; index++)
        {
            var key = keys[index];
            if (key.Name.Length == 0)
            {
                key.Name = index.ToString(CultureInfo.InvariantCulture);
            }

            var path = PathOf(key);
            if ((key.Hash is null) == (key.KeyFile.Length == 0))
            {
                yield return $"{path} must have a Key or a KeyFile, and not both.";
            }
            else if (!key.IsSendable)
            {
                yield return $"{path} is empty, or has white space or a character that is not ASCII in it: no header can carry it.";
            }

            if (key.Scopes is ApiKeyScopes.None)
            {
                yield return $"{path} has no scope: embed, admin, metrics.";
            }

            if (key.TokensPerMinute < 0 || key.ConcurrentTokens < 0)
            {
                yield return $"{path}: TokensPerMinute and ConcurrentTokens must not be negative.";
            }

            if (keys.Take(index).Any(other => other.Name == key.Name))
            {
                yield return $"{path} has the name of another key: '{key.Name}'. Each needs its own.";
            }

            if (key.Hash is { } hash && keys.Take(index).Any(other => hash.AsSpan().SequenceEqual(other.Hash)))
            {
                yield return $"{path} is the same as another key.";
            }
        }
    }

    /// <summary>How sentences call an entry.</summary>
    public static string PathOf(ApiKeyOptions key) => $"Bridge:Http:{Name}: the key '{key.Name}'";

    private static void ReadScopes(IConfigurationSection section, ApiKeyOptions options, ICollection<string> mistakes)
    {
        options.Scopes = ApiKeyScopes.None;
        var names = section.Value is { } list ? list.Split(Separators, StringSplitOptions.RemoveEmptyEntries) : section.GetChildren().Select(child => child.Value ?? "");
        foreach (var name in names)
        {
            if (name.Equals("embed", StringComparison.OrdinalIgnoreCase))
            {
                options.Scopes |= ApiKeyScopes.Embed;
            }
            else if (name.Equals("admin", StringComparison.OrdinalIgnoreCase))
            {
                options.Scopes |= ApiKeyScopes.Admin;
            }
            else if (name.Equals("metrics", StringComparison.OrdinalIgnoreCase))
            {
                options.Scopes |= ApiKeyScopes.Metrics;
            }
            else
            {
                mistakes.Add($"{section.Path} has a scope that is not known. Known are: embed, admin, metrics.");
            }
        }
    }
}
