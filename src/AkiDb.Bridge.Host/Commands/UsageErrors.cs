using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using AkiDb.Bridge.Configuration;

namespace AkiDb.Bridge.Host.Commands;

/// <summary>What is wrong with a command line, in one sentence.</summary>
internal static class UsageErrors
{
    /// <summary>The first mistake: a command line that cannot be parsed, or a value that is not accepted. Null where there is none, or where help was asked for.</summary>
    public static Exception? Find(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0 || parsed.Action is HelpWithExamples or VersionLine)
        {
            return null;
        }

        var command = parsed.CommandResult.Command;
        var where = command is RootCommand ? CommandLine.Program : $"{CommandLine.Program} {command.Name}";
        var unknown = parsed.UnmatchedTokens.OrderByDescending(IsSwitch).FirstOrDefault();
        if (unknown is null)
        {
            return (Exception?)Refused(parsed.Errors[0].SymbolResult) ?? new UsageException($"{parsed.Errors[0].Message.TrimEnd('.')}. See {where} --help.");
        }

        return new UsageException(IsSwitch(unknown)
            ? UnknownSwitch(unknown, command, where)
            : $"'{unknown}' is no command{(command is RootCommand ? "" : $" of {command.Name}")}.{Meant(unknown, command.Subcommands.Select(known => known.Name))} See {where} --help.");
    }

    /// <summary>The sentence for a switch that a command does not have.</summary>
    public static string UnknownSwitch(string written, Command command) => UnknownSwitch(written, command, $"{CommandLine.Program} {command.Name}");

    // Where a switch or an argument has as many values as it takes, one of them is wrong. Those that are no text are whole numbers, or of a list.
    private static NotAcceptedException? Refused(SymbolResult? where)
    {
        var (name, arity, known) = where switch
        {
            OptionResult option => Of(option.Option),
            ArgumentResult { Parent: OptionResult option } => Of(option.Option),
            ArgumentResult argument => (argument.Argument.Name, argument.Argument.Arity, argument.Argument.GetCompletions(CompletionContext.Empty)),
            _ => ("", ArgumentArity.Zero, []),
        };
        var values = where?.Tokens.Count > 0 ? where.Tokens : where?.Parent?.Tokens ?? [];
        var list = known.Select(value => value.Label).ToList();
        return values.Count == 0 || values.Count > arity.MaximumNumberOfValues ? null
            : new NotAcceptedException($"{name} {string.Join(' ', values)} is {(list.Count == 0 ? "no whole number, or too large" : $"none of {string.Join(", ", list)}")}.");

        static (string Name, ArgumentArity Arity, IEnumerable<CompletionItem> Known) Of(Option option) => (option.Name, option.Arity, option.GetCompletions(CompletionContext.Empty));
    }

    private static string UnknownSwitch(string written, Command command, string where)
    {
        var name = written.Split('=')[0];
        return $"'{name}' is no switch of {(command is RootCommand ? CommandLine.Program : command.Name)}.{Meant(name, command.Options.SelectMany(option => option.Aliases.Append(option.Name)))} See {where} --help.";
    }

    private static string Meant(string written, IEnumerable<string> known) => NearestName.Of(written, known) is { } near ? $" Did you mean {near}?" : "";

    private static bool IsSwitch(string token) => token.StartsWith('-');
}
