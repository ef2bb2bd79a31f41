using AkiDb.Bridge.Host.Services;
using AkiDb.Bridge.Host.Services.Systemd;

namespace AkiDb.Bridge.UnitTests.Host.Services;

public sealed class EnvironmentFileTests
{
    private const string Path = "/etc/akidb-bridge/akidb-bridge.env";

    [Fact]
    public void What_was_written_is_read()
    {
        var variables = new Dictionary<string, string> { ["A"] = "x \"q\" $y `z` \\ %h", ["B"] = "", ["C"] = "a=b # c", ["D"] = " it's " };

        Assert.Equal(variables, Read(EnvironmentFile.Render(variables).Split('\n')));
    }

    [Theory]
    [InlineData("KEY=value", "value")]
    [InlineData("  KEY = a b  ", "a b")]
    [InlineData("KEY=", "")]
    [InlineData("KEY='a \"b\" $c \\n'", "a \"b\" $c \\n")]
    [InlineData("KEY=\"a 'b' \\$c \\n\"", "a 'b' $c \\n")]
    [InlineData("KEY='a'\"b\" c", "abc")]
    [InlineData("KEY=it's # no comment", "it's # no comment")]
    [InlineData("KEY=a\\ b\\\\", "a b\\")]
    [InlineData("KEY=a=b", "a=b")]
    public void Line_means_what_it_means_to_systemd(string line, string value) => Assert.Equal(value, Read([line])["KEY"]);

    [Fact]
    public void Comments_and_empty_lines_are_none_and_the_last_one_counts() =>
        Assert.Equal(new Dictionary<string, string> { ["A"] = "2" }, Read(["# A=\"0\"", "", "  ; A=1", "A=1", "\t", "A=2\r"]));

    [Theory]
    [InlineData("AKIDB_API_KEY")]
    [InlineData("export AKIDB_API_KEY=secret")]
    [InlineData("1KEY=secret")]
    [InlineData("=secret")]
    [InlineData("KEY=\"secret")]
    [InlineData("KEY='secret")]
    [InlineData("KEY=secret\\")]
    public void Line_that_cannot_be_read_is_refused_by_its_number_and_not_shown(string line)
    {
        var error = Assert.Throws<ServiceException>(() => Read(["# keys", "A=1", line]));

        Assert.StartsWith($"'{Path}': line 3 is not KEY=VALUE on one line", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Read(IEnumerable<string> lines) => EnvironmentFile.Read(Path, lines);
}
