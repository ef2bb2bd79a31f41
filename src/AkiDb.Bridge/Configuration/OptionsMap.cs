using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.Configuration;

/// <summary>The options of one group by their names in the configuration: how each is read, copied and compared.</summary>
/// <remarks>
/// Written by hand, because a natively compiled program cannot look properties up by their names. The framework's binder ignores names that it does not
/// know and stops at the first bad value; here every mistake is collected, because an operator deserves the whole list.
/// </remarks>
/// <typeparam name="T">The class that holds the options.</typeparam>
internal sealed class OptionsMap<T>
    where T : class
{
    private readonly List<Entry> entries = [];

    private delegate void Reading(IConfigurationSection section, T options, ICollection<string> mistakes);

    /// <summary>Adds a single value.</summary>
    public OptionsMap<T> Value<TValue>(string name, Func<T, TValue> get, Action<T, TValue> set, OptionType<TValue> type) => Add(new Entry(
        name,
        (section, options, mistakes) => ReadValue(section, options, set, type, mistakes),
        (from, to) => set(to, get(from)),
        options => [new(name, get(options))]));

    /// <summary>Adds a group of options that has a section of its own.</summary>
    public OptionsMap<T> Group<TGroup>(string name, Func<T, TGroup> get, OptionsMap<TGroup> map)
        where TGroup : class => Add(new Entry(
        name,
        (section, options, mistakes) => ReadGroup(section, get(options), map, mistakes),
        (from, to) => map.Copy(get(from), get(to)),
        options => map.Values(get(options)).Select(value => KeyValuePair.Create($"{name}:{value.Key}", value.Value))));

    /// <summary>Adds a section that is read in a way of its own, and neither copied nor compared.</summary>
    public OptionsMap<T> Section(string name, Action<IConfigurationSection, T, ICollection<string>> read) =>
        Add(new Entry(name, new Reading(read), (_, _) => { }, _ => []));

    /// <summary>Adds everything of the class that <typeparamref name="T"/> is derived from.</summary>
    public OptionsMap<T> Inherit<TBase>(OptionsMap<TBase> inherited)
        where TBase : class
    {
        foreach (var entry in inherited.entries)
        {
            Add(new Entry(
                entry.Name,
                (section, options, mistakes) => entry.Read(section, (TBase)(object)options, mistakes),
                (from, to) => entry.Copy((TBase)(object)from, (TBase)(object)to),
                options => entry.Values((TBase)(object)options)));
        }

        return this;
    }

    /// <summary>Sets what the section says, and adds a sentence for each mistake.</summary>
    /// <param name="section">The section.</param>
    /// <param name="options">What is set.</param>
    /// <param name="mistakes">The sentences.</param>
    /// <param name="elsewhere">Parts of the section that somebody else reads.</param>
    public void Read(IConfigurationSection section, T options, ICollection<string> mistakes, params IReadOnlyCollection<string> elsewhere)
    {
        foreach (var child in section.GetChildren().Where(child => !elsewhere.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (entries.Find(entry => entry.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)) is { } known)
            {
                known.Read(child, options, mistakes);
            }
            else
            {
                var names = entries.Select(entry => entry.Name).Union(elsewhere).Order().ToList();
                var meant = NearestName.Of(child.Key, names) is { } near ? $" Did you mean {near}?" : "";
                mistakes.Add($"{child.Path} is not known here.{meant} Known are: {string.Join(", ", names)}.");
            }
        }
    }

    /// <summary>Copies every value.</summary>
    public void Copy(T from, T to) => entries.ForEach(entry => entry.Copy(from, to));

    /// <summary>Every value by its name, such as <c>Worker:Threads</c>.</summary>
    public IEnumerable<KeyValuePair<string, object?>> Values(T options) => entries.SelectMany(entry => entry.Values(options));

    private static void ReadValue<TValue>(IConfigurationSection section, T options, Action<T, TValue> set, OptionType<TValue> type, ICollection<string> mistakes)
    {
        if (section.Value is { } text)
        {
            if (type.TryParse(text, out var value))
            {
                set(options, value!);
            }
            else
            {
                mistakes.Add($"{section.Path} is '{text}': {type.Expected}");
            }
        }
        else if (section.GetChildren().Any())
        {
            mistakes.Add($"{section.Path} is a single value, not a section.");
        }
    }

    private static void ReadGroup<TGroup>(IConfigurationSection section, TGroup options, OptionsMap<TGroup> map, ICollection<string> mistakes)
        where TGroup : class
    {
        ConfigurationSections.Expect(section, mistakes);
        map.Read(section, options, mistakes);
    }

    private OptionsMap<T> Add(Entry entry)
    {
        entries.Add(entry);
        return this;
    }

    private sealed record Entry(string Name, Reading Read, Action<T, T> Copy, Func<T, IEnumerable<KeyValuePair<string, object?>>> Values);
}
