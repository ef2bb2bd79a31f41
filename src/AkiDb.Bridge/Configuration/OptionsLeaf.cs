using System.Reflection;

namespace AkiDb.Bridge.Configuration;

/// <summary>One value among nested options.</summary>
/// <param name="Path">Its name in the configuration, such as <c>Worker:Threads</c>.</param>
/// <param name="Property">What holds it.</param>
/// <param name="Owner">Whose property that is.</param>
internal readonly record struct OptionsLeaf(string Path, PropertyInfo Property, object Owner)
{
    public object? Value
    {
        get => Property.GetValue(Owner);
        set => Property.SetValue(Owner, value);
    }
}
