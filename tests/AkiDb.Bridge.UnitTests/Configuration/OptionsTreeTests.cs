using System.Reflection;
using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.UnitTests.Configuration;

public sealed class OptionsTreeTests
{
    private readonly BridgeOptions options = new();

    [Fact]
    public void Every_kind_of_value_is_read()
    {
        Assert.Empty(Read(
            ("provider", "onnx"), ("Fallback", "same-space"), ("FallbackModel", "other"), ("worker:InFlight", "3"),
            ("Dispatch:Timeout", "5s"), ("Onnx:Arena", "false"), ("Admission:MaxTokens", "5000000000")));

        Assert.Equal(EmbeddingProvider.Onnx, options.Provider);
        Assert.Equal("other", options.FallbackModel);
        Assert.Equal(3, options.Worker.InFlight);
        Assert.Equal(TimeSpan.FromSeconds(5), options.Dispatch.Timeout);
        Assert.False(options.Onnx.Arena);
        Assert.Equal(5_000_000_000, options.Admission.MaxTokens);
    }

    [Theory]
    [InlineData("Providr", "onnx", "Bridge:Providr is not known here")]
    [InlineData("Worker:Pytho", "x", "Bridge:Worker:Pytho is not known here")]
    [InlineData("Provider", "torch", "python-bridge, onnx, mock")]
    [InlineData("Provider", "0", "python-bridge, onnx, mock")]
    [InlineData("Provider", "onnx,mock", "python-bridge, onnx, mock")]
    [InlineData("Fallback", "", "same-space, any, off")]
    [InlineData("Dispatch:Timeout", "5", "Bridge:Dispatch:Timeout is '5'")]
    [InlineData("Dispatch:Timeout", "NaNs", "250ms")]
    [InlineData("Dispatch:Timeout", "99999999999999999999h", "250ms")]
    [InlineData("Worker:Threads", "four", "whole number")]
    [InlineData("Worker:Threads", "1.5", "whole number")]
    [InlineData("Worker:Threads", "", "whole number")]
    [InlineData("Worker:Threads", "99999999999", "whole number")]
    [InlineData("Onnx:Arena", "yes", "true or false")]
    [InlineData("Supervision:Workers", "many", "whole number. Or auto.")]
    [InlineData("Worker", "python3", "Bridge:Worker is a section, not a single value")]
    [InlineData("Model:Name", "x", "Bridge:Model is a single value, not a section")]
    public void Mistake_is_a_sentence(string key, string value, string expected) =>
        Assert.Contains(expected, Assert.Single(Read((key, value))), StringComparison.Ordinal);

    [Theory]
    [InlineData("auto", null)]
    [InlineData("AUTO", null)]
    [InlineData("3", 3)]
    public void Value_that_the_machine_decides_may_be_left_to_it(string text, int? expected)
    {
        options.Supervision.Workers = 1;

        Assert.Empty(Read(("Supervision:Workers", text)));

        Assert.Equal(expected, options.Supervision.Workers);
    }

    [Fact]
    public void Mistakes_are_all_reported_and_the_rest_is_read()
    {
        Assert.Equal(3, Read(("Nonsense", "x"), ("Dispatch:Timeout", "5"), ("Worker:InFlight", "7"), ("Onnx:Threads", "all")).Count);
        Assert.Equal(7, options.Worker.InFlight);
    }

    [Theory]
    [InlineData("Worker:Thread", "Did you mean Threads?")]
    [InlineData("modle", "Did you mean Model?")]
    [InlineData("Xyzzy", "Known are: Admission")]
    public void Unknown_name_is_answered_with_the_nearest_and_all_that_are_known(string key, string expected) =>
        Assert.Contains(expected, Assert.Single(Read((key, "x"))), StringComparison.Ordinal);

    [Fact]
    public void Every_public_option_has_its_name()
    {
        // The names are written by hand: whoever adds a property must add it there too.
        var expected = Properties(typeof(BridgeOptions), "").Except(["Models"]).Order();

        Assert.Equal(expected, OptionsTree.Bridge.Values(options).Select(value => value.Key).Order());
    }

    [Fact]
    public void Copy_is_equal_and_the_names_of_what_differs_are_told()
    {
        options.Worker.Threads = 3;
        options.Dispatch.Timeout = TimeSpan.FromSeconds(7);
        options.FallbackModel = "other";
        var copy = new ModelOptions();
        Assert.Equal(["FallbackModel", "Worker:Threads", "Dispatch:Timeout"], OptionsTree.Differences(options, copy));

        OptionsTree.Copy(options, copy);

        Assert.Empty(OptionsTree.Differences(options, copy));
    }

    private static IEnumerable<string> Properties(Type type, string prefix) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .SelectMany(property => property.SetMethod is null && property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal) && property.Name != "Models"
            ? Properties(property.PropertyType, $"{prefix}{property.Name}:")
            : [prefix + property.Name]);

    private List<string> Read(params (string Key, string Value)[] values)
    {
        var mistakes = new List<string>();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(pair => $"Bridge:{pair.Key}", pair => (string?)pair.Value)).Build();
        OptionsTree.Bridge.Read(configuration.GetSection("Bridge"), options, mistakes);
        return mistakes;
    }
}
