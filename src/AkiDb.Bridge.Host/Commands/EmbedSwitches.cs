using System.CommandLine;
using AkiDb.Bridge.Host.Embedding;

namespace AkiDb.Bridge.Host.Commands;

/// <summary>The switches that say how texts become vectors, of whatever command.</summary>
internal sealed class EmbedSwitches
{
    // Else its value could be left out, and what is neither true nor false would be a text.
    private readonly Option<bool?> normalize = new("--normalize")
    {
        Description = "true: vectors of length 1, false: as pooled; by default the model's own way.",
        Arity = ArgumentArity.ExactlyOne,
    };

    private readonly Option<string?> promptName = new("--prompt-name") { Description = "One of the model's named prompts, put before each text.", HelpName = "NAME" };
    private readonly Option<int?> dimensions = new("--dimensions") { Description = "Only the first so many components of each vector.", HelpName = "N" };

    public void AddTo(Command command)
    {
        command.Options.Add(normalize);
        command.Options.Add(promptName);
        command.Options.Add(dimensions);
    }

    public EmbedSettings Read(ParseResult parsed) => new(parsed.GetValue(normalize), parsed.GetValue(promptName), parsed.GetValue(dimensions));
}
