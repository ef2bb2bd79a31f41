using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace AkiDb.Bridge.Host.Commands;

/// <summary>The parser's own help, in lines that fit a terminal, and examples below it.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private const int Columns = 80;

    private readonly HelpAction help;

    public HelpWithExamples(HelpAction help)
    {
        this.help = help;
        help.MaxWidth = Columns;
    }

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is BridgeCommand { Examples: { Count: > 0 } examples })
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  {CommandLine.Program} {example}");
            }

            output.WriteLine();
        }

        return code;
    }
}
