using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Requests;

/// <summary>What comes out where something fails that nobody has foreseen.</summary>
public sealed class EmbeddingBridgeTests
{
    private static readonly EmbeddingRequest Request = new() { Inputs = ["a"] };

    private readonly RecordingLogger<EmbeddingBridge> log = new();
    private readonly ResourceLedger ledger = new(new AdmissionOptions());

    [Fact]
    public async Task Unexpected_exception_is_an_internal_error_and_logged_once()
    {
        var error = await Assert.ThrowsAsync<BridgeException>(() => BridgeOf(new InvalidOperationException("/secret")).EmbedAsync(Request, TestContext.Current.CancellationToken));

        Assert.Equal(BridgeErrorKind.Internal, error.Error.Kind);
        Assert.DoesNotContain("/secret", error.Message, StringComparison.Ordinal);
        Assert.Equal(LogLevel.Error, Assert.Single(log.Entries).Level);
    }

    [Fact]
    public async Task Memory_that_is_not_there_is_one_requests_error()
    {
        var error = await Assert.ThrowsAsync<BridgeException>(() => BridgeOf(new InsufficientMemoryException()).EmbedAsync(Request, TestContext.Current.CancellationToken));

        Assert.Equal(BridgeErrorKind.OutOfMemory, error.Error.Kind);
        Assert.Single(log.Entries);
    }

    [Fact]
    public async Task Refusal_and_a_caller_that_leaves_come_out_as_they_are_and_are_not_logged()
    {
        var refusal = new BridgeException(BridgeErrorKind.TooLong, "It is too long.");
        Assert.Same(refusal, await Assert.ThrowsAsync<BridgeException>(() => BridgeOf(refusal).EmbedAsync(Request, TestContext.Current.CancellationToken)));

        var gone = new CancellationToken(canceled: true);
        await Assert.ThrowsAsync<OperationCanceledException>(() => BridgeOf(new OperationCanceledException(gone)).EmbedAsync(Request, gone));
        Assert.Empty(log.Entries);
    }

    [Fact]
    public async Task Cancellation_that_is_not_the_callers_is_an_internal_error()
    {
        var error = await Assert.ThrowsAsync<BridgeException>(() => BridgeOf(new OperationCanceledException()).EmbedAsync(Request, TestContext.Current.CancellationToken));

        Assert.Equal(BridgeErrorKind.Internal, error.Error.Kind);
    }

    private EmbeddingBridge BridgeOf(Exception failure) => new(new FailingDirectory(failure), ledger, TimeProvider.System, log);

    private sealed class FailingDirectory(Exception failure) : IModelDirectory
    {
        public ValueTask<EmbeddingPipeline> EnterAsync(string? name, TimeSpan? timeout, long started, CancellationToken cancellationToken) => throw failure;

        public BridgeStatus GetStatus() => throw failure;

        public ModelStatus GetStatus(string? name) => throw failure;

        public bool RestartWorker(int slot, string? model) => throw failure;
    }
}
