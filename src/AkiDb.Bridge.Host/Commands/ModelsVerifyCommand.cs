using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AkiDb.Bridge.Host.Hub;
using AkiDb.Bridge.Host.Trials;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge models verify</c>: whether a model is what it should be.</summary>
internal static class ModelsVerifyCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "A model's name or its folder." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Prints the verdict as JSON." };

    public static Command Create()
    {
        var switches = new BridgeSwitches(takesModel: false);
        var command = new BridgeCommand("verify", "Compares a model's files with their known hashes, and what both engines compute with each other.", "models verify all-MiniLM-L6-v2") { Model, AsJson };
        switches.AddTo(command);
        command.SetAction((parsed, token) => StartupErrors.ReportAsync(() => VerifyAsync(parsed.GetValue(Model)!, switches.ToConfiguration(parsed), parsed.GetValue(AsJson), token)));
        return command;
    }

    private static async Task<int> VerifyAsync(string model, IReadOnlyDictionary<string, string?> values, bool asJson, CancellationToken cancellationToken)
    {
        var trial = new EngineTrial(
            configuration => configuration.AddAkiDbEnvironment().AddInMemoryCollection(values.Append(new($"{BridgeOptions.Section}:{nameof(BridgeOptions.Model)}", model))), TimeProvider.System);
        var verdict = await ModelVerification.RunAsync(new ModelLocator(ModelSearchPaths.FromEnvironment()).Find(model), trial, cancellationToken);
        if (asJson)
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(verdict, ModelsJson.Default.ModelVerdict));
        }
        else
        {
            var wrong = verdict.Files.Where(file => file.Problem is not null).Select(file => $"{file.Path}: {file.Problem}");
            var hashes = verdict.HashesFrom is { } source ? string.Create(CultureInfo.InvariantCulture, $"{verdict.Files.Count} files were compared with the {source}'s hashes.") : "Nobody has written down what its files should hash to.";
            await Console.Out.WriteLineAsync(string.Join(Environment.NewLine, [$"{verdict.Model} in {verdict.Folder}", hashes, .. wrong, verdict.Parity, verdict.Passed ? "It is as it should be." : "It is NOT as it should be."]));
        }

        return verdict.Passed ? ExitCodes.Success : ExitCodes.Failure;
    }
}
