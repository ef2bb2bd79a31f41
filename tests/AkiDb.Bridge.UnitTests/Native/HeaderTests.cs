using System.Globalization;
using System.Text.RegularExpressions;
using AkiDb.Bridge.Native.Border;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Native;

/// <summary>What the header says is what the library does: its numbers are frozen here.</summary>
public sealed partial class HeaderTests
{
    private static readonly string Header = File.ReadAllText(Path.Combine(TestPaths.Repository, "src", "AkiDb.Bridge.Native", "include", "akidb_bridge.h"));

    [Fact]
    public void Statuses_are_the_headers()
    {
        var ours = Enum.GetValues<NativeStatus>().ToDictionary(status => (int)status, status => InnerUpperCase().Replace($"{status}", "_$0").ToUpperInvariant());
        var theirs = Status().Matches(Header[..Header.IndexOf("typedef", StringComparison.Ordinal)])
            .ToDictionary(match => int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture), match => match.Groups["name"].Value);
        Assert.Equal(theirs.OrderBy(pair => pair.Key), ours.OrderBy(pair => pair.Key));
    }

    [Fact]
    public void Every_error_of_the_bridge_has_a_status_of_its_own()
    {
        var statuses = Enum.GetValues<BridgeErrorKind>().ToDictionary(kind => $"{kind}", kind => $"{NativeFailure.Of(new BridgeException(new BridgeError(kind, "why"))).Status}");
        Assert.All(statuses, pair => Assert.Equal(pair.Key, pair.Value));
    }

    [Fact]
    public unsafe void Structs_have_the_sizes_that_a_C_compiler_gives_them()
    {
        Assert.Equal(4112, sizeof(NativeError));
        Assert.Equal(112, sizeof(NativeRequest));
        Assert.Equal(96, sizeof(NativeResult));
        Assert.Equal(32, sizeof(NativeModelInfo));
    }

    [Fact]
    public void Every_function_of_the_header_is_exported_and_no_other()
    {
        var declared = Function().Matches(Header).Select(match => match.Groups["name"].Value).Distinct().Order();
        var exported = Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, "src", "AkiDb.Bridge.Native", "Exports"), "*.cs")
            .SelectMany(file => EntryPoint().Matches(File.ReadAllText(file)).Select(match => match.Groups["name"].Value)).Order();
        Assert.Equal(declared, exported);
    }

    [GeneratedRegex(@"AKIDB_BRIDGE_(?<name>[A-Z0-9_]+) = (?<number>\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Status();

    // A declaration begins at the beginning of a line; the name in an example or a sentence does not.
    [GeneratedRegex(@"^(?:int32_t|const char \*) ?(?<name>akidb_bridge_\w+)\(", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Function();

    [GeneratedRegex("EntryPoint = \"(?<name>\\w+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex EntryPoint();

    [GeneratedRegex("(?<!^)[A-Z]", RegexOptions.CultureInvariant)]
    private static partial Regex InnerUpperCase();
}
