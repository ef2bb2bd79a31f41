using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

public sealed class HttpSectionTests
{
    [Theory]
    [InlineData("Host", "[::1]:9999")]
    [InlineData("Host", "[::1]")]
    [InlineData("Host", "127.0.0.1:80")]
    [InlineData("Host", "1")]
    [InlineData("Host", "example.org")]
    [InlineData("Port", "65536")]
    [InlineData("MaxBodyBytes", "10")]
    [InlineData("MaxConnections", "0")]
    [InlineData("Prt", "1")]
    public void Mistake_is_told_with_its_path(string name, string value)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Section(name, value).Options);

        Assert.Contains($"Bridge:Http:{name}", Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.2")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("localhost")]
    public void Address_or_localhost_is_a_host(string host) => Assert.Equal(host, Section("Host", host).Options.Host);

    [Fact]
    public void Configuration_that_the_bridge_was_given_is_the_one_that_is_read()
    {
        var host = Configuration("Bridge:Http:Port", "1");
        var whole = Configuration("Bridge:Http:Port", "2");
        var section = Configuration("Mine:Http:Port", "3").GetSection("Mine");

        Assert.Equal(2, PortOf(whole));
        Assert.Equal(3, PortOf(section));

        int PortOf(IConfiguration given)
        {
            var services = new ServiceCollection().AddSingleton<IConfiguration>(host).AddAkiDbBridge(given).AddAkiDbBridgeHttp();
            using var provider = services.BuildServiceProvider();
            return provider.GetRequiredService<HttpSection>().Options.Port;
        }
    }

    private static HttpSection Section(string name, string value) =>
        new(new BridgeConfiguration(null, Configuration($"Bridge:Http:{name}", value)));

    private static IConfigurationRoot Configuration(string path, string value) =>
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [path] = value }).Build();
}
