using AkiDb.Bridge.Hosting;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Hosting;

public sealed class NamedLoggersTests
{
    [Fact]
    public void Every_line_begins_with_the_name_in_the_category_it_had()
    {
        using var recorded = new RecordingLoggers<NamedLoggersTests>();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(recorded));
        using var named = new NamedLoggers(factory, "tiny");

        Log.ModelAdded(named.CreateLogger<NamedLoggersTests>(), "other");
        Log.ModelAdded(named.CreateLogger("elsewhere"), "other");

        Assert.Equal("tiny: The model other was added", Assert.Single(recorded.Messages));
    }
}
