using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.AspNetCore.Grpc;
using Grpc.Core;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Grpc;

public sealed class GrpcStatusTableTests
{
    [Fact]
    public void Every_kind_of_error_has_its_status()
    {
        Dictionary<BridgeErrorKind, StatusCode> expected = new()
        {
            [BridgeErrorKind.BadInput] = StatusCode.InvalidArgument,
            [BridgeErrorKind.UnknownToken] = StatusCode.InvalidArgument,
            [BridgeErrorKind.TooLarge] = StatusCode.InvalidArgument,
            [BridgeErrorKind.TooLong] = StatusCode.InvalidArgument,
            [BridgeErrorKind.PoisonInput] = StatusCode.InvalidArgument,
            [BridgeErrorKind.UnknownModel] = StatusCode.NotFound,
            [BridgeErrorKind.SpaceMismatch] = StatusCode.FailedPrecondition,
            [BridgeErrorKind.BadModel] = StatusCode.FailedPrecondition,
            [BridgeErrorKind.Overloaded] = StatusCode.ResourceExhausted,
            [BridgeErrorKind.NoEngine] = StatusCode.Unavailable,
            [BridgeErrorKind.DeadlineExceeded] = StatusCode.DeadlineExceeded,
            [BridgeErrorKind.OutOfMemory] = StatusCode.Internal,
            [BridgeErrorKind.EngineFault] = StatusCode.Internal,
            [BridgeErrorKind.Internal] = StatusCode.Internal,
        };

        Assert.Equal(Enum.GetValues<BridgeErrorKind>().Order(), expected.Keys.Order());
        Assert.All(expected, pair => Assert.Equal(pair.Value, GrpcStatusTable.StatusOf(Problem.Of(new BridgeError(pair.Key, "A sentence.")))));
    }

    [Theory]
    [InlineData(401, ProblemCodes.Unauthorized, StatusCode.Unauthenticated)]
    [InlineData(403, ProblemCodes.ForbiddenScope, StatusCode.PermissionDenied)]
    [InlineData(503, ProblemCodes.Stopping, StatusCode.Unavailable)]
    [InlineData(503, ProblemCodes.TooManyConnections, StatusCode.Unavailable)]
    [InlineData(408, ProblemCodes.RequestTimeout, StatusCode.DeadlineExceeded)]
    public void What_only_a_server_refuses_has_its_status(int http, string code, StatusCode status) =>
        Assert.Equal(status, GrpcStatusTable.StatusOf(new Problem(http, code, "A sentence.")));
}
