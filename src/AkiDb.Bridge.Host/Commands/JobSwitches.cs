using System.CommandLine;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Queue;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Commands;

/// <summary>The switches of <c>submit</c> and <c>collect</c>: they must be the same for both.</summary>
internal sealed class JobSwitches
{
    private readonly BridgeSwitches switches = new(takesModel: false, hasEngines: false);

    private readonly Option<string> job = new("--job") { Description = "The job's name: letters, digits, hyphens, dots and underscores.", HelpName = "NAME", Required = true };
    private readonly Option<string?> model = new("--model") { Description = "The model, by any of its names; the hosts' default one by default." };
    private readonly Option<string?> space = new("--space") { Description = "The space that all vectors must be in: hosts in another one leave these texts to others." };
    private readonly EmbedSwitches howToEmbed = new();

    public JobSwitches() => switches.AddQueue();

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[job, model, space])
        {
            command.Options.Add(option);
        }

        howToEmbed.AddTo(command);
        switches.AddTo(command);
    }

    /// <summary>The job's name.</summary>
    /// <exception cref="NotAcceptedException">It is none.</exception>
    public string NameOf(ParseResult parsed) => parsed.GetValue(job) is { Length: > 0 and <= 100 } name && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_')
        ? name
        : throw new NotAcceptedException("--job takes a name of 1 to 100 letters, digits, hyphens, dots and underscores.");

    /// <summary>How its texts are embedded.</summary>
    public QueueTexts TextsOf(ParseResult parsed) => new(parsed.GetValue(model), parsed.GetValue(space), howToEmbed.Read(parsed));

    /// <summary>A host that is not started: it reads the configuration, and writes the log.</summary>
    /// <exception cref="OptionsValidationException">A value is not accepted.</exception>
    /// <exception cref="NotAcceptedException">There is no broker.</exception>
    public IHost BuildHost(ParseResult parsed)
    {
        var host = QuietHost.Build(configuration => configuration.AddAkiDbEnvironment().AddInMemoryCollection(switches.ToConfiguration(parsed)));
        try
        {
            _ = host.Services.GetRequiredService<IOptions<BridgeOptions>>().Value;
            return host.Services.GetRequiredService<QueueSection>().Options.Uri.Length > 0
                ? host
                : throw new NotAcceptedException(QueueSwitches.NoBroker);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }
}
