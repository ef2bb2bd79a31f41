using AkiDb.Bridge.Host;
using AkiDb.Bridge.Host.Commands;

namespace AkiDb.Bridge.UnitTests.Host.Commands;

public sealed class BenchCommandTests
{
    [Fact]
    public async Task File_of_a_key_that_cannot_be_read_is_a_mistake_in_the_command_line()
    {
        var parsed = CommandLine.Create().Parse(["bench", "--url", "http://127.0.0.1:9", "--key-file", "/no/such/key"]);

        Assert.Equal(ExitCodes.NotAccepted, await parsed.InvokeAsync(cancellationToken: TestContext.Current.CancellationToken));
    }
}
