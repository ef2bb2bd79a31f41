using System.Net.Sockets;
using AkiDb.Bridge.Host;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Host.Services;
using AkiDb.Bridge.Host.Streams;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.UnitTests.Host;

public sealed class StartupErrorsTests
{
    public static TheoryData<Exception, int> Ends => new()
    {
        { new ServiceException("There is no service."), 1 },
        { new IOException("The disk is full."), 1 },
        { new UnauthorizedAccessException("Access to the path 'vectors.npy' is denied."), 1 },
        { new BridgeException(new BridgeError(BridgeErrorKind.NoEngine, "No engine.")), 1 },
        { new UsageException("--nope is not known."), 2 },
        { new BadTextException(3, "not UTF-8"), 65 },
        { new IOException("In use.", new AddressInUseException("in use")), 69 },
        { new InvalidOperationException("a bug"), 70 },
        { new NotAcceptedException("--key-file has no key."), 78 },
        { new OptionsValidationException("Bridge", typeof(BridgeOptions), ["Bridge:Port is 'none'."]), 78 },
        { new BridgeException(new BridgeError(BridgeErrorKind.BadInput, "The model has no prompt named 'nope'.")), 78 },
        { new BridgeException(new BridgeError(BridgeErrorKind.BadModel, "The model cannot be served.")), 78 },
        { new InvalidDataException("appsettings.json is not JSON."), 78 },
        { new SocketException((int)SocketError.AccessDenied), 78 },
        { new OutputClosedException("Nobody reads."), 141 },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task What_ends_a_command_has_its_exit_code_and_its_sentence(Exception error, int code)
    {
        var said = "";

        var ended = await StartupErrors.ReportAsync(() => Task.FromException<int>(error), sentence =>
        {
            said = sentence;
            return Task.CompletedTask;
        });

        Assert.Equal(code, ended);
        Assert.Equal(code == ExitCodes.InternalError, said.StartsWith("The program has ended with an internal error", StringComparison.Ordinal));
        Assert.Equal(code == ExitCodes.NobodyReads, said.Length == 0);
    }
}
