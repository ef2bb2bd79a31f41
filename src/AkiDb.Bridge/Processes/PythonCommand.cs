using CliWrap;

namespace AkiDb.Bridge.Processes;

/// <summary>A module of the package that is run to its end.</summary>
internal static class PythonCommand
{
    /// <summary>The command, in the package's folder.</summary>
    /// <remarks>Not by <c>Cli.Wrap</c>, which asks for the current folder: it may have been deleted.</remarks>
    public static Command Of(string interpreter, string module, IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        new Command(
            interpreter,
            "",
            WorkerCommand.PythonFolder,
            ResourcePolicy.Default,
            Credentials.Default,
            WorkerEnvironment.InsteadOfTheHosts(environment),
            CommandResultValidation.None,
            PipeSource.Null,
            PipeTarget.Null,
            PipeTarget.Null)
        .WithArguments([WorkerCommand.ModuleOption, module, .. arguments]);
}
