using System.CommandLine;
using AkiDb.Bridge.Configuration;

namespace AkiDb.Bridge.Host.Commands;

/// <summary>What is wrong with a command line, in one sentence.</summary>
internal static class UsageErrors
{
    /// <summary>The first mistake; null where there is none, or where help was asked for.</summary>
    public static string? Find(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0 || parsed.Action is HelpWithExamples or VersionLine)
        {
            return null;
        }

        var command = parsed.CommandResult.Command;
        var where = command is RootCommand ? CommandLine.Program : $"{CommandLine.Program} {command.Name}";
        var unknown = parsed.UnmatchedTokens.OrderByDescending(IsSwitch).FirstOrDefault();
        return unknown is null ? $"{parsed.Errors[0].Message.TrimEnd('.')}. See {where} --help."
            : IsSwitch(unknown) ? UnknownSwitch(unknown, command, where)
            : $"'{unknown}' is no command{(command is RootCommand ? "" : $" of {command.Name}")}.{Meant(unknown, command.Subcommands.Select(known => known.Name))} See {where} --help.";
    }

    /// <summary>The sentence for a switch that a command does not have.</summary>
    public static string UnknownSwitch(string written, Command command) => UnknownSwitch(written, command, $"{CommandLine.Program} {command.Name}");

    private static string UnknownSwitch(string written, Command command, string where)
    {
        var name = written.Split('=')[0];
        return $"'{name}' is no switch of {(command is RootCommand ? CommandLine.Program : command.Name)}.{Meant(name, command.Options.SelectMany(option => option.Aliases.Append(option.Name)))} See {where} --help.";
    }

    private static string Meant(string written, IEnumerable<string> known) => NearestName.Of(written, known) is { } near ? $" Did you mean {near}?" : "";

    private static bool IsSwitch(string token) => token.StartsWith('-');
}
