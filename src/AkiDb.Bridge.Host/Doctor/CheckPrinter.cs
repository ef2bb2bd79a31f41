using Spectre.Console;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Prints checks as they come, in columns; in colours on a terminal.</summary>
/// <param name="console">Where to.</param>
internal sealed class CheckPrinter(IAnsiConsole console)
{
    private const int NameWidth = 18;
    private const int MarkWidth = 4;

    /// <summary>Prints one.</summary>
    public void Print(Check check)
    {
        var (mark, colour) = check.Result switch
        {
            CheckResult.Pass => ("ok", "green"),
            CheckResult.Warn => ("warn", "yellow"),
            _ => ("FAIL", "red"),
        };
        var grid = new Grid()
            .AddColumn(new GridColumn { Width = MarkWidth, Padding = new Padding(0, 0, 1, 0) })
            .AddColumn(new GridColumn { Width = NameWidth, Padding = new Padding(0, 0, 1, 0) })
            .AddColumn(new GridColumn { Padding = new Padding(0) })
            .AddRow(new Markup($"[{colour}]{mark}[/]"), new Text(check.Name), new Text(check.Detail));
        if (check.Remedy is { } remedy)
        {
            grid.AddRow(new Text(""), new Text(""), new Text($"-> {remedy}", new Style(decoration: Decoration.Bold)));
        }

        console.Write(grid);
    }

    /// <summary>Prints the sum.</summary>
    public void PrintSum(Diagnosis diagnosis)
    {
        var (warnings, failures) = (diagnosis.Checks.Count(check => check.Result == CheckResult.Warn), diagnosis.Checks.Count(check => check.Result == CheckResult.Fail));
        console.WriteLine();
        console.WriteLine($"{diagnosis.Checks.Count} checks: {failures} failed, {warnings} could be better.");
    }
}
