using System.CommandLine;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Pickles;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge models</c>: what can be done with the models on this machine.</summary>
internal static class ModelsCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "A model's name or its folder." };

    public static Command Create() => new BridgeCommand("models", "Looks after the models on this machine.", "models list", "models pull intfloat/e5-small-v2", "models verify all-MiniLM-L6-v2")
    {
        ModelsListCommand.Create(), ModelsShowCommand.Create(), ModelsVerifyCommand.Create(), ModelsPullCommand.Create(), ModelsPruneCommand.Create(), CreateConvert(),
    };

    private static BridgeCommand CreateConvert()
    {
        var command = new BridgeCommand(
            "convert",
            "Copies weights that are a pickle (pytorch_model.bin) into safetensors, once. No code in the pickle is run, and the model's folder stays as it is.",
            "models convert BAAI/bge-m3")
        {
            Model,
        };
        command.SetAction((parsed, _) => StartupErrors.ReportAsync(() => ConvertAsync(parsed.GetValue(Model)!)));
        return command;
    }

    private static async Task<int> ConvertAsync(string model)
    {
        var paths = ModelSearchPaths.FromEnvironment();
        var folder = new ModelLocator(paths).Find(model).Folder;
        using var stopping = new CancellationTokenSource();
        using var signals = new StopSignals(stopping.Cancel);
        IReadOnlyList<(string Folder, string Tensors, bool WasThere)> converted;
        try
        {
            converted = new WeightConversion(paths.Converted).Convert(folder, stopping.Token);
        }
        catch (OperationCanceledException) when (signals.First != 0)
        {
            return ExitCodes.Interrupted(signals.First);
        }

        foreach (var (source, tensors, wasThere) in converted)
        {
            await Console.Out.WriteLineAsync($"The weights in '{source}' {(wasThere ? "had been converted to" : "were converted to")} '{tensors}'.");
        }

        if (converted.Count == 0)
        {
            await Console.Out.WriteLineAsync($"'{folder}' has no pickle that would have to be converted.");
        }

        return ExitCodes.Success;
    }
}
