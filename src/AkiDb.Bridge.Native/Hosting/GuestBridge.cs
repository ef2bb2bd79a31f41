using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Native.Border;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.Processes;
using AkiDb.Bridge.Requests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Native.Hosting;

/// <summary>One bridge in a foreign process, with everything that belongs to it.</summary>
/// <remarks>
/// 1. Start.    The library's own host, without a console and without signals.
/// 2. Embed.    Every call is counted, blocking or not, until its callback has returned.
/// 3. Drain.    No new calls; those inside come to their end.
/// 4. Destroy.  Those inside are cancelled; when the last one has left, the host is stopped, and no worker is left.
/// </remarks>
internal sealed class GuestBridge : IAsyncDisposable
{
    // What it takes to kill what is left after the grace period.
    private static readonly TimeSpan KillTime = TimeSpan.FromSeconds(10);

    // The call whose callback this thread runs.
    [ThreadStatic]
    private static GuestBridge? callingBack;

    private readonly RequestDrain calls = new();
    private readonly CancellationTokenSource destroying = new();
    private readonly CallbackThreads callbacks = new();
    private readonly IHost host;
    private readonly LogDelivery? log;
    private readonly EmbeddingBridge bridge;
    private readonly Lazy<Task> end;

    private GuestBridge(IHost host, LogDelivery? log)
    {
        (this.host, this.log) = (host, log);
        end = new Lazy<Task>(EndAsync);
        bridge = host.Services.GetRequiredService<EmbeddingBridge>();
        var options = host.Services.GetRequiredService<IOptions<BridgeOptions>>().Value;
        MaxInputs = options.OfAllModels.Max(model => model.Admission.MaxInputs);
    }

    /// <summary>The texts that a request may have for the most generous model: more are not even read.</summary>
    public int MaxInputs { get; }

    /// <summary>Cancelled when the bridge is destroyed.</summary>
    public CancellationToken Destroying => destroying.Token;

    /// <summary>How everything is.</summary>
    public BridgeStatus Status => bridge.GetStatus();

    /// <summary>How one model is, by any of its names; the default one for null.</summary>
    /// <exception cref="BridgeException">There is no such model.</exception>
    public ModelStatus FindModel(string? name) => bridge.FindModel(name);

    /// <summary>Starts one; returns when the default model's folder has been read.</summary>
    /// <param name="configuration">JSON; null for the defaults.</param>
    /// <param name="log">Gets the log, and is disposed of with the bridge; null for nobody.</param>
    /// <exception cref="NativeException">The configuration cannot be read.</exception>
    /// <exception cref="OptionsValidationException">It has mistakes.</exception>
    /// <exception cref="BridgeException">The default model cannot be served.</exception>
    public static GuestBridge Start(string? configuration, LogDelivery? log)
    {
        IHost? host = null;
        try
        {
            host = Build(configuration, log);
            OnnxEnvironment.WarmUp();
            HostExit.Watch(stage: 1);
            host.StartAsync().GetAwaiter().GetResult();
            return new GuestBridge(host, log);
        }
        catch
        {
            DisposeAsync(host).AsTask().GetAwaiter().GetResult();
            log?.Dispose();
            throw;
        }
    }

    /// <summary>Lets a call in; <see cref="Leave"/> must follow.</summary>
    /// <exception cref="NativeException">The bridge drains.</exception>
    public void Enter()
    {
        if (!calls.TryEnter())
        {
            throw new NativeException(NativeStatus.Stopping, "The bridge drains or is being destroyed: it takes no more calls.");
        }
    }

    public void Leave()
    {
        HostExit.Watch(stage: 2);
        calls.Leave();
    }

    /// <summary>A callback that waits for all calls is not one of those that it waits for, whichever bridge it is about.</summary>
    public static void LeaveOwnCall()
    {
        var own = callingBack;
        callingBack = null;
        own?.Leave();
    }

    /// <summary>Embeds for a call that was let in.</summary>
    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken) => bridge.EmbedAsync(request, cancellationToken);

    /// <summary>Runs the callback at the end of a call, and lets the call out when it has returned, or when it waits for all calls itself.</summary>
    public void CallBack(Action callback) => callbacks.Run(() =>
    {
        callingBack = this;
        if (!HostExit.HasBegun)
        {
            callback();
        }

        LeaveOwnCall();
    });

    /// <returns>False when calls are still inside after <paramref name="timeout"/>.</returns>
    /// <exception cref="NativeException">This is the thread that logs.</exception>
    public bool Drain(TimeSpan timeout)
    {
        Expect("drained");
        return ((IAsyncResult)calls.CloseAsync()).AsyncWaitHandle.WaitOne(timeout);
    }

    /// <summary>May this thread wait for the end of the bridge?</summary>
    /// <exception cref="NativeException">This is the thread that logs.</exception>
    public void Expect(string what)
    {
        if (log is { IsCallingBack: true })
        {
            throw new NativeException(NativeStatus.WrongThread, $"A bridge cannot be {what} by its own log callback, for which it waits. Do it from another thread.");
        }

        LeaveOwnCall();
    }

    /// <summary>Ends it: no call, no callback, no worker is left. <see cref="Expect"/> comes first. May be called twice.</summary>
    public ValueTask DisposeAsync() => new(end.Value);

    private async Task EndAsync()
    {
        var empty = calls.CloseAsync();
        await destroying.CancelAsync().ConfigureAwait(false);
        await empty.ConfigureAwait(false);
        try
        {
            await host.StopAsync().ConfigureAwait(false);
        }
        finally
        {
            await DisposeAsync(host).ConfigureAwait(false);
            destroying.Dispose();
            callbacks.Close();
            log?.Dispose();
            UnusedMemory.Return();
        }
    }

    private static ValueTask DisposeAsync(IHost? host) => host is IAsyncDisposable disposable ? disposable.DisposeAsync() : default;

    private static IHost Build(string? configuration, LogDelivery? log)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory, ApplicationName = "akidb-bridge" });
        GuestConfiguration.Add(builder.Configuration, configuration);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        builder.Services.AddAkiDbBridge();
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, GuestLifetime>());
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<BridgeOptions>>((options, bridge) => options.ShutdownTimeout = KillTime
            + bridge.Value.OfAllModels.Max(model => model.Supervision.GracePeriod));
        return builder.Build();
    }
}
