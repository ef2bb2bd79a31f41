using AkiDb.Bridge.Host;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkiDb.Bridge.UnitTests.Host;

public sealed class QuietHostTests
{
    [Fact]
    public void Signal_is_for_the_command_to_answer_and_stops_no_host_inside_it()
    {
        using var host = QuietHost.Build(_ => { });
        Assert.IsType<CommandLifetime>(host.Services.GetRequiredService<IHostLifetime>());
    }
}
