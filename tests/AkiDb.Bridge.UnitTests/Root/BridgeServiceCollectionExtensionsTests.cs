using AkiDb.Bridge.UnitTests.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.UnitTests.Root;

/// <summary>The registration in a program's own host.</summary>
public sealed class BridgeServiceCollectionExtensionsTests
{
    [Fact]
    public async Task Bridge_that_is_added_twice_is_one_bridge_with_both_changes()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddAkiDbBridge(options => options.Provider = EmbeddingProvider.Mock);
        builder.Services.AddAkiDbBridge(options => options.Model = ModelsBench.Folder("tiny-bert-cls"));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Single(host.Services.GetServices<IEmbeddingBridge>());
        Assert.Equal("mock/tiny-bert-cls", Assert.Single(host.Services.GetRequiredService<IBridgeAdministration>().GetStatus().Models).Model);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Mistake_is_told_once_however_often_the_bridge_was_added()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("Bridge:Dispatch:Timeout", "soon")]);
        builder.Services.AddAkiDbBridge().AddAkiDbBridge();
        using var host = builder.Build();

        var error = Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<IOptions<BridgeOptions>>().Value);
        Assert.Contains("has 1 mistake:", Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_read_before_the_host_starts_and_the_start_says_what_is_wrong()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddAkiDbBridge(options => options.Model = "/nothing");
        using var host = builder.Build();
        var bridge = host.Services.GetRequiredService<IBridgeAdministration>();
        Assert.Contains("still being read", Assert.Single(bridge.GetStatus().Default.Reasons), StringComparison.Ordinal);

        var error = await Assert.ThrowsAsync<BridgeException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal(BridgeErrorKind.UnknownModel, error.Error.Kind);
    }

    [Theory]
    [InlineData("the section")]
    [InlineData("the whole")]
    public async Task Given_configuration_is_read_instead_of_the_hosts(string kind)
    {
        IConfiguration given = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Bridge:Provider", "mock"), new("Bridge:Model", ModelsBench.Folder("tiny-bert-cls"))]).Build();
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("Bridge:Model", "/nothing")]);
        builder.Services.AddAkiDbBridge().AddAkiDbBridge(kind == "the whole" ? given : given.GetSection("Bridge")).AddAkiDbBridge();
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal("mock/tiny-bert-cls", host.Services.GetRequiredService<IBridgeAdministration>().GetStatus().Default.Model);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Models_are_keyed_services_by_their_names_and_by_their_entries()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddAkiDbBridge(options =>
        {
            options.Provider = EmbeddingProvider.Mock;
            options.Model = ModelsBench.Folder("tiny-bert-cls");
            options.Models.Add("queries", model => model.Model = ModelsBench.Folder("tiny-qwen3"));
        });
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);

        foreach (var (key, model) in new[] { ("queries", "mock/tiny-qwen3"), ("tiny-qwen3", "mock/tiny-qwen3"), ("tiny-bert-cls", "mock/tiny-bert-cls") })
        {
            var generator = host.Services.GetRequiredKeyedService<IEmbeddingGenerator<string, Embedding<float>>>(key);
            Assert.Equal(model, (await generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken))[0].ModelId);
            Assert.Equal(model, (await host.Services.GetRequiredKeyedService<IEmbeddingBridge>(key).EmbedAsync("a", TestContext.Current.CancellationToken)).Model);
        }

        var other = host.Services.GetRequiredKeyedService<IEmbeddingBridge>("queries");
        Assert.Equal("mock/tiny-bert-cls", (await other.EmbedAsync(new EmbeddingRequest { Inputs = ["a"], Model = "tiny-bert-cls" }, TestContext.Current.CancellationToken)).Model);
        var error = await Assert.ThrowsAsync<BridgeException>(
            () => host.Services.GetRequiredKeyedService<IEmbeddingBridge>("nobody").EmbedAsync("a", TestContext.Current.CancellationToken));
        Assert.Equal(BridgeErrorKind.UnknownModel, error.Error.Kind);
        Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredKeyedService<IEmbeddingBridge>(7));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Host_that_is_disposed_of_without_a_stop_ends_without_an_error()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddAkiDbBridge(options => (options.Provider, options.Model) = (EmbeddingProvider.Mock, ModelsBench.Folder("tiny-bert-cls")));
        IHostedService service;
        using (var host = builder.Build())
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            service = Assert.Single(host.Services.GetServices<IHostedService>());
            await host.Services.GetRequiredService<IEmbeddingBridge>().EmbedAsync("a text", TestContext.Current.CancellationToken);
        }

        // Whatever else it were, the host would log it as a failure.
        Assert.Equal(TaskStatus.RanToCompletion, ((BackgroundService)service).ExecuteTask!.Status);
    }

    [Fact]
    public void Application_keeps_a_generator_of_its_own()
    {
        using var own = new Doubles.RecordingBridge().AsIEmbeddingGenerator();
        var services = new ServiceCollection().AddSingleton(own).AddAkiDbBridge();
        using var provider = services.BuildServiceProvider();

        Assert.Same(own, provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>());
        Assert.Same(own, provider.GetRequiredService<IEmbeddingGenerator>());
    }
}
