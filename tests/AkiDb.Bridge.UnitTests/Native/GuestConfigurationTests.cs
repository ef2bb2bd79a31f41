using AkiDb.Bridge.Native.Border;
using AkiDb.Bridge.Native.Hosting;
using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.UnitTests.Native;

public sealed class GuestConfigurationTests
{
    [Theory]
    [InlineData("""{"Model": "m", "Worker": {"Threads": 2}}""")]
    [InlineData("""{"Bridge": {"Model": "m", "Worker": {"Threads": 2}}, "Other": 1}""")]
    [InlineData("""{"bridge:model": "m", "Bridge:Worker:Threads": "2"}""")]
    [InlineData("""{"Logging": {"LogLevel": {"Default": "Debug"}}, "Bridge": {"Model": "m", "Worker": {"Threads": 2}}}""")]
    public void Document_and_section_mean_the_same(string json)
    {
        var configuration = Read(json);
        Assert.Equal("m", configuration["Bridge:Model"]);
        Assert.Equal("2", configuration["Bridge:Worker:Threads"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("{}")]
    public void Nothing_is_the_defaults(string? json) => Assert.Null(Read(json)["Bridge:Model"]);

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("""{"Model": "a", "Model": "b"}""")]
    [InlineData("""{"UseEnvironment": "perhaps"}""")]
    [InlineData("""{"Model": "\ud800"}""")]
    [InlineData("""{"Bridge": 5}""")]
    [InlineData("""{"Logging": "Debug"}""")]
    [InlineData("""{"Logging": {"LogLevel": "Debug"}}""")]
    [InlineData("""{"Logging": {"LogLevel": {"Default": "Loud"}}}""")]
    public void What_cannot_be_read_is_an_error_of_the_configuration(string json) =>
        Assert.Equal(NativeStatus.BadConfiguration, Assert.Throws<NativeException>(() => Read(json)).Failure.Status);

    private static IConfigurationRoot Read(string? json)
    {
        var builder = new ConfigurationBuilder();
        GuestConfiguration.Add(builder, json);
        return builder.Build();
    }
}
