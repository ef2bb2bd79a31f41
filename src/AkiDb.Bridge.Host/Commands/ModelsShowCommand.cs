using System.CommandLine;
using System.Text.Json;
using AkiDb.Bridge.Host.Hub;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge models show</c>: what a model is, and who can compute it.</summary>
internal static class ModelsShowCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "A model's name or its folder." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Prints it as JSON." };

    public static Command Create()
    {
        var command = new BridgeCommand("show", "Shows a model's space, dimension, pooling, prompts and files, and which engines can compute it, or why not.", "models show all-MiniLM-L6-v2") { Model, AsJson };
        command.SetAction((parsed, token) => StartupErrors.ReportAsync(() => ShowAsync(parsed.GetValue(Model)!, parsed.GetValue(AsJson), token)));
        return command;
    }

    private static async Task<int> ShowAsync(string model, bool asJson, CancellationToken cancellationToken)
    {
        var card = await ModelReading.DescribeAsync(model, new ModelLocator(ModelSearchPaths.FromEnvironment()), cancellationToken);
        if (asJson)
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(card, ModelsJson.Default.ModelCard));
            return ExitCodes.Success;
        }

        string[] lines =
        [
            $"{card.Model}{(card.Revision is null ? "" : $"@{card.Revision}")}",
            $"  folder      {card.Folder}",
            $"  space       {card.Space}",
            $"  dimension   {card.Dimension}",
            $"  pooling     {card.Pooling}, {(card.Normalize ? "vectors of length 1" : "not normalised")}",
            $"  tokens      {(card.MaxTokens is { } most ? $"at most {most}" : "no limit")}",
            .. card.Prompts.Select(prompt => $"  prompt      {prompt.Key}{(prompt.Key == card.DefaultPrompt ? " (default)" : "")}: {prompt.Value}"),
            $"  in-process  {card.InProcess}",
            $"  workers     {card.Workers}",
            .. card.Files.Select(file => $"  file        {file.Path}, {file.Bytes} bytes"),
        ];
        await Console.Out.WriteLineAsync(string.Join(Environment.NewLine, lines));
        return ExitCodes.Success;
    }
}
