using System.CommandLine;
using System.CommandLine.Help;

namespace AkiDb.Bridge.Host.Commands;

/// <summary>The program's commands, and what all of them have in common: help with examples, the version, and a sentence for what cannot be parsed.</summary>
internal static class CommandLine
{
    /// <summary>The program's name, as it is typed.</summary>
    public const string Program = "akidb-bridge";

    /// <summary>Makes the commands.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("AkiDb.Bridge: text embeddings from Python workers, with an in-process engine that serves the same vectors.")
        {
            ServeCommand.Create(),
            ConsumeCommand.Create(),
            SubmitCommand.Create(),
            CollectCommand.Create(),
            EmbedCommand.Create(),
            StdioCommand.Create(),
            ServiceCommand.Create(),
            ChaosCommand.Create(),
            ModelsCommand.Create(),
            DoctorCommand.Create(),
            BenchCommand.Create(),
            CompletionCommand.Create(),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        root.Options.OfType<VersionOption>().Single().Action = new VersionLine();
        return root;
    }

    /// <summary>Runs what was typed.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        // A text that begins with @ is a text, not a file of arguments.
        var parsed = Create().Parse(StdioCommand.InsteadOfScript(arguments), new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (UsageErrors.Find(parsed) is { } mistake)
        {
            return await StartupErrors.ReportAsync(() => throw mistake);
        }

        // The commands answer SIGTERM and Ctrl+C: the parser's own handler would end a draining process after two seconds.
        return await StartupErrors.ReportAsync(() => parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }));
    }
}
