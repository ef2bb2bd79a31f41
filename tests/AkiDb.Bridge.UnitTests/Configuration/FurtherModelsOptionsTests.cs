using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.UnitTests.Configuration;

public sealed class FurtherModelsOptionsTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("qwen")]
    public void Entry_has_a_number_or_a_name_and_reads_its_own_options(string name)
    {
        var options = Read(($"Models:{name}:Model", "tiny-qwen3"), ($"models:{name}:worker:InFlight", "3"), ($"Models:{name}:Dispatch:Timeout", "17s"));

        var (entry, model) = Assert.Single(options.Models);
        Assert.Equal((name, "tiny-qwen3", 3), (entry, model.Model, model.Worker.InFlight));
        Assert.Equal(TimeSpan.FromSeconds(17), model.Dispatch.Timeout);
        Assert.Equal(2, options.Worker.InFlight);
    }

    [Fact]
    public void What_an_entry_leaves_out_is_as_for_the_default_model_but_for_the_model()
    {
        var options = Read(
            ("Fallback", "any"), ("FallbackModel", "second"), ("Worker:InFlight", "5"), ("Supervision:Workers", "3"), ("Supervision:GracePeriod", "9s"),
            ("Models:a:Model", "one"), ("Models:a:Supervision:Workers", "auto"), ("Models:b:Model", "two"), ("Models:b:Fallback", "off"));

        var (a, b) = (Entry(options, "a"), Entry(options, "B"));
        Assert.Equal((FallbackPolicy.Any, "second", 5, null), (a.Fallback, a.FallbackModel, a.Worker.InFlight, a.Supervision.Workers));
        Assert.Equal((FallbackPolicy.Off, 5, (int?)3), (b.Fallback, b.Worker.InFlight, b.Supervision.Workers));
        Assert.All([a, b], model => Assert.Equal(TimeSpan.FromSeconds(9), model.Supervision.GracePeriod));
    }

    [Fact]
    public void Code_adds_entries_changes_those_of_the_configuration_and_is_inherited_whatever_the_order()
    {
        var options = Read(
            options =>
            {
                options.Models.Add("added", model => model.Model = "two");
                options.Models.Add("FILE", model => model.Batching.BulkTokens = 7);
                options.Worker.Device = "cpu";
            },
            ("Models:file:Model", "one"), ("Models:file:Worker:InFlight", "4"));

        Assert.Equal(["one", "two"], options.Models.Select(entry => entry.Value.Model));
        Assert.Equal((4, 7, "cpu"), (Entry(options, "file").Worker.InFlight, Entry(options, "file").Batching.BulkTokens, Entry(options, "file").Worker.Device));
        Assert.Equal((2, "cpu"), (Entry(options, "added").Worker.InFlight, Entry(options, "added").Worker.Device));
    }

    [Fact]
    public void Code_may_do_without_the_entries_of_the_configuration() =>
        Assert.Empty(Read(options => options.Models.Clear(), ("Models:0:Modell", "wrong, but nobody asks")).Models);

    [Theory]
    [InlineData("Models:x:Worker:InFlight", "2", "Bridge:Models:x:Model is empty")]
    [InlineData("Models:x", "tiny-qwen3", "Bridge:Models:x is a section, not a single value")]
    [InlineData("Models", "tiny-qwen3", "Bridge:Models is a section, not a single value")]
    [InlineData("Models:x:Modell", "y", "Bridge:Models:x:Modell is not known here")]
    [InlineData("Models:x:Http:Port", "1", "Bridge:Models:x:Http is not known here")]
    [InlineData("Models:x:Models:0:Model", "y", "Bridge:Models:x:Models is not known here")]
    [InlineData("Models:x:Provider", "onnx", "Bridge:Models:x:Provider is not known here")]
    [InlineData("Models:x:Worker:InFlight", "0", "Bridge:Models:x:Worker:InFlight must be at least 1")]
    [InlineData("Models:x:Dispatch:Timeout", "25h", "Bridge:Models:x:Dispatch:Timeout must not be longer than 24h")]
    [InlineData("Models:x:Fallback", "any", "Bridge:Models:x:Fallback is 'any', but Bridge:Models:x:FallbackModel names no second model")]
    [InlineData("Models:x:Model", "all-MiniLM-L6-v2", "Bridge:Models:x:Model is 'all-MiniLM-L6-v2': Bridge:Model has the name")]
    [InlineData("Models:x:Model", "sentence-transformers/ALL-MiniLM-L6-v2", "Bridge:Model has the name 'ALL-MiniLM-L6-v2'")]
    [InlineData("Models:x:Model", "/some/folder/all-MiniLM-L6-v2/", "Bridge:Model has the name 'all-MiniLM-L6-v2'")]
    public void Mistake_in_an_entry_is_told_with_its_path(string key, string value, string expected) =>
        Assert.Contains(Mistakes((key, value)), mistake => mistake.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void Mistakes_of_all_entries_are_in_one_message_and_what_is_inherited_is_said_once()
    {
        var mistakes = Mistakes(
            ("Worker:Threads", "-1"), ("Models:0:Model", "org/one@main"), ("Models:0:Worker:InFlight", "0"), ("Models:1:Model", "one"), ("Models:2:Nonsense", "x"));

        Assert.Equal(5, mistakes.Count);
        Assert.Contains(mistakes, mistake => mistake.Contains("Bridge:Models:1:Model is 'one': Bridge:Models:0:Model has the name 'one'", StringComparison.Ordinal));
    }

    private static ModelOptions Entry(BridgeOptions options, string name) => options.Models.Single(entry => entry.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static List<string> Mistakes(params (string Key, string Value)[] values) =>
        [.. Assert.Throws<OptionsValidationException>(() => Read(values)).Message.Split(Environment.NewLine).Skip(1)];

    private static BridgeOptions Read(params (string Key, string Value)[] values) => Read(_ => { }, values);

    private static BridgeOptions Read(Action<BridgeOptions> configure, params (string Key, string Value)[] values)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(values.ToDictionary(pair => $"Bridge:{pair.Key}", pair => (string?)pair.Value))
            .Build());
        using var provider = services.AddAkiDbBridge(configure).BuildServiceProvider();
        return provider.GetRequiredService<IOptions<BridgeOptions>>().Value;
    }
}
