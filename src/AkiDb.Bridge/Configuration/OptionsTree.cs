using System.Reflection;

namespace AkiDb.Bridge.Configuration;

/// <summary>Walks through all values of nested options.</summary>
internal static class OptionsTree
{
    /// <summary>Copies every value.</summary>
    public static void Copy(ModelOptions from, ModelOptions to)
    {
        foreach (var (source, target) in Leaves(from, typeof(ModelOptions), "").Zip(Leaves(to, typeof(ModelOptions), "")))
        {
            var leaf = target;
            leaf.Value = source.Value;
        }
    }

    /// <summary>The names of the values that differ, such as <c>Worker:Threads</c>; entries of <c>Bridge:Models</c> are not looked at.</summary>
    /// <typeparam name="T">Which of their values to compare.</typeparam>
    public static IReadOnlyList<string> Differences<T>(T one, T other)
        where T : ModelOptions =>
        [.. Leaves(one, typeof(T), "").Zip(Leaves(other, typeof(T), "")).Where(pair => !Equals(pair.First.Value, pair.Second.Value)).Select(pair => pair.First.Path)];

    private static IEnumerable<OptionsLeaf> Leaves(object options, Type type, string prefix) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .SelectMany(property => property.SetMethod is null
            ? Leaves(property.GetValue(options)!, property.PropertyType, $"{prefix}{property.Name}:")
            : [new OptionsLeaf(prefix + property.Name, property, options)]);
}
