using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>The figures beside the bar: texts and tokens of a second, the time that is left, and who computes.</summary>
/// <param name="progress">How far it has come.</param>
internal sealed class ProgressFigures(EmbedProgress progress) : ProgressColumn
{
    /// <inheritdoc/>
    protected override bool NoWrap => true;

    /// <inheritdoc/>
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(Line(progress, task.IsIndeterminate ? 0 : task.Value / task.MaxValue));

    /// <summary>The figures in one line.</summary>
    /// <param name="progress">How far it has come.</param>
    /// <param name="share">Which share of the input was read; 0 where that is not known.</param>
    public static string Line(EmbedProgress progress, double share)
    {
        var elapsed = progress.Elapsed;
        var seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        var left = share > 0 ? $"{TimeSpan.FromSeconds(Math.Round(elapsed.TotalSeconds * (1 - share) / share)):c} left" : $"{progress.Texts} texts";
        return string.Create(CultureInfo.InvariantCulture, $"{progress.Texts / seconds:N0} texts/s  {progress.Tokens / seconds:N0} tokens/s  {left}  {progress.ServedBy}");
    }
}
