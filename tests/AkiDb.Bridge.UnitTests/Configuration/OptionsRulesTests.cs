using System.Reflection;
using AkiDb.Bridge.Configuration;

namespace AkiDb.Bridge.UnitTests.Configuration;

public sealed class OptionsRulesTests
{
    public static TheoryData<string> Durations => [.. AllDurations(new BridgeOptions()).Select(duration => duration.Path)];

    [Fact]
    public void Defaults_are_in_order() => Assert.Empty(OptionsRules.Check(new BridgeOptions()));

    [Theory]
    [MemberData(nameof(Durations))]
    public void Duration_that_no_timer_can_take_is_refused(string path)
    {
        // .NET's timers end at 49 days and Polly's at one day: whatever is longer would fail when it is first used.
        var options = new BridgeOptions();
        foreach (var duration in AllDurations(options).Where(duration => duration.Path == path))
        {
            duration.Set(TimeSpan.FromHours(25));
        }

        Assert.Contains(OptionsRules.Check(options), rule => rule.Contains(path, StringComparison.Ordinal) && rule.Contains("24h", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Supervision:HelloTimeout")]
    [InlineData("Supervision:PingInterval")]
    [InlineData("Supervision:BackOffBase")]
    [InlineData("Dispatch:Timeout")]
    [InlineData("Dispatch:AttemptTimeout")]
    [InlineData("Dispatch:BreakDuration")]
    public void Duration_of_nothing_is_refused(string path)
    {
        var options = new BridgeOptions();
        AllDurations(options).Single(duration => duration.Path == path).Set(TimeSpan.Zero);

        Assert.Contains(OptionsRules.Check(options), rule => rule.Contains(path, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_mistake_is_reported_at_once()
    {
        var options = new BridgeOptions { Model = " ", Fallback = FallbackPolicy.Any };
        options.Worker.Threads = -1;
        options.Worker.InFlight = 0;
        options.Worker.MaxFrameBytes = 1000;
        options.Supervision.Workers = 0;
        options.Dispatch.Retries = 0;
        options.Dispatch.AttemptTimeout = TimeSpan.FromSeconds(31);
        options.Batching.BatchTokens = -1;
        options.Admission.MaxInputs = 0;
        options.Onnx.Threads = -1;

        Assert.Equal(11, OptionsRules.Check(options).Count());
    }

    private static IEnumerable<(string Path, Action<TimeSpan> Set)> AllDurations(BridgeOptions options) =>
        from section in typeof(BridgeOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        let value = section.GetValue(options)
        where value is not null && value is not string && section.PropertyType.IsClass
        from property in section.PropertyType.GetProperties()
        where property.PropertyType == typeof(TimeSpan)
        select ($"{section.Name}:{property.Name}", (Action<TimeSpan>)(duration => property.SetValue(value, duration)));
}
