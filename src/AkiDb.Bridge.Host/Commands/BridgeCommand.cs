using System.CommandLine;

namespace AkiDb.Bridge.Host.Commands;

/// <summary>A command, and how it is typed.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it does, in a sentence.</param>
/// <param name="examples">Lines to type, without the program's name.</param>
internal sealed class BridgeCommand(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Lines to type, without the program's name.</summary>
    public IReadOnlyList<string> Examples => examples;
}
