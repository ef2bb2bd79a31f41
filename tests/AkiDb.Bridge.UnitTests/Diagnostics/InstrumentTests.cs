using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Diagnostics;

public sealed partial class InstrumentTests
{
    [Fact]
    public void Table_in_the_README_has_every_instrument_and_no_other()
    {
        var readme = File.ReadAllText(Path.Combine(TestPaths.Repository, "src", "AkiDb.Bridge.AspNetCore", "README.md"));
        var rows = InstrumentRow().Matches(readme).Select(row => (Name: row.Groups[1].Value, Unit: row.Groups[2].Value)).ToHashSet();

        Assert.Equal(Published().Order(), rows.Order());
    }

    private static HashSet<(string Name, string Unit)> Published()
    {
        HashSet<(string, string)> found = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == BridgeTelemetry.Name)
                {
                    found.Add((instrument.Name, instrument.Unit!));
                }
            },
        };
        RuntimeHelpers.RunClassConstructor(typeof(Instruments).TypeHandle);
        using var status = new StatusInstruments(() => throw new InvalidOperationException("Nobody looks."));
        listener.Start();
        return found;
    }

    [GeneratedRegex(@"^\| `([a-z._]+)` \| `(s|1|By|\{[a-z]+\})` \|", RegexOptions.Multiline)]
    private static partial Regex InstrumentRow();
}
