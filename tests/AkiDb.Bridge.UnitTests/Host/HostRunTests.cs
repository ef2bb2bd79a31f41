using AkiDb.Bridge.Host;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Host;

public sealed class HostRunTests
{
    [Fact]
    public async Task Host_that_is_stopped_on_request_ends_with_0()
    {
        using var host = Build(services => services.AddHostedService<Stopping>());

        Assert.Equal(ExitCodes.Success, await RunAsync(host));
    }

    [Theory]
    [InlineData(typeof(OutOfMemoryException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task Host_whose_background_work_has_failed_never_ends_with_0(Type failure)
    {
        using var host = Build(services => services.AddHostedService(_ => new Failing((Exception)Activator.CreateInstance(failure)!)));

        Assert.Equal(ExitCodes.InternalError, await RunAsync(host));
    }

    [Fact]
    public async Task Host_whose_background_work_is_refused_ends_with_the_reason()
    {
        using var host = Build(services => services.AddHostedService(_ => new Failing(new InvalidDataException("The broker does not let the user in."))));

        var refused = await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync(host));

        Assert.Equal("The broker does not let the user in.", refused.Message);
    }

    [Fact]
    public async Task Host_that_is_stopped_while_it_starts_ends_with_0_unless_its_background_work_has_failed()
    {
        using var stopped = Build(services => services.AddHostedService<Stopping>().AddHostedService<NeverStarting>());
        using var failed = Build(services => services.AddHostedService(_ => new Failing(new InvalidOperationException())).AddHostedService<NeverStarting>());

        Assert.Equal(ExitCodes.Success, await RunAsync(stopped));
        Assert.Equal(ExitCodes.InternalError, await RunAsync(failed));
    }

    [Fact]
    public void Every_end_has_a_code_of_its_own() =>
        Assert.Equal(
            [0, 1, 2, 65, 69, 70, 78, 130, 141, 143],
            [
                ExitCodes.Success, ExitCodes.Failure, ExitCodes.Usage, ExitCodes.BadInput, ExitCodes.AddressInUse, ExitCodes.InternalError, ExitCodes.NotAccepted,
                ExitCodes.Interrupted(2), ExitCodes.NobodyReads, ExitCodes.Interrupted(15),
            ]);

    private static async Task<int> RunAsync(IHost host)
    {
        using var signals = new StopSignals(host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication);
        return await HostRun.RunAsync(host, signals, TestContext.Current.CancellationToken);
    }

    private static IHost Build(Action<IServiceCollection> configure)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        configure(builder.Services);
        return builder.Build();
    }

    private sealed class NeverStarting : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Failing(Exception failure) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            throw failure;
        }
    }

    private sealed class Stopping(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            lifetime.StopApplication();
        }
    }
}
