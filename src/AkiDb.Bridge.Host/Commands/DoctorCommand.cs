using System.CommandLine;
using System.Text.Json;
using AkiDb.Bridge.Host.Doctor;
using Spectre.Console;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge doctor</c>: finds out what is wrong, and says what to do.</summary>
internal static class DoctorCommand
{
    private static readonly Option<bool> AsJson = new("--json") { Description = "Prints the checks as JSON." };
    private static readonly Option<string?> Report = new("--report") { Description = "Also writes a file to attach to a bug report, without secrets and texts.", HelpName = "FILE" };

    public static Command Create()
    {
        var switches = new BridgeSwitches();
        switches.Add("--host", "Http:Host", "The address that would be listened on; 127.0.0.1 by default.");
        switches.Add("--port", "Http:Port", "The port that would be listened on; 8080 by default.");
        var command = new BridgeCommand("doctor", "Looks at everything that the bridge needs, starts each engine once, and says what is wrong and what to do.", "doctor", "doctor --python ~/venv --report doctor.json") { AsJson, Report };
        switches.AddTo(command);
        command.SetAction((parsed, token) => StartupErrors.ReportAsync(() => RunAsync(switches.ToConfiguration(parsed), parsed.GetValue(AsJson), parsed.GetValue(Report), token)));
        return command;
    }

    private static async Task<int> RunAsync(IReadOnlyDictionary<string, string?> values, bool asJson, string? report, CancellationToken cancellationToken)
    {
        if (report is not null)
        {
            ResultFile.Expect(Report.Name, report);
        }

        var examination = new Examination(values, TimeProvider.System);
        var printer = new CheckPrinter(AnsiConsole.Console);
        var checks = new List<Check>();
        await foreach (var check in examination.RunAsync(cancellationToken))
        {
            checks.Add(check);
            if (!asJson)
            {
                printer.Print(check);
            }
        }

        var diagnosis = new Diagnosis(checks);
        if (asJson)
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(diagnosis, DoctorJson.Default.Diagnosis));
        }
        else
        {
            printer.PrintSum(diagnosis);
        }

        if (report is not null)
        {
            await DoctorReport.WriteAsync(report, diagnosis, examination.ConfiguredNames, Redaction.OfThisProcess(values), cancellationToken);
        }

        return diagnosis.ExitCode;
    }
}
