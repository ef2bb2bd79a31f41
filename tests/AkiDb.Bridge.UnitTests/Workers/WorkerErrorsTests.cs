using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.UnitTests.Workers;

public sealed class WorkerErrorsTests
{
    [Theory]
    [InlineData(ErrorKinds.BadModel, BridgeErrorKind.BadModel)]
    [InlineData(ErrorKinds.MissingLibrary, BridgeErrorKind.BadModel)]
    [InlineData(ErrorKinds.OutOfMemory, BridgeErrorKind.OutOfMemory)]
    [InlineData(ErrorKinds.Internal, BridgeErrorKind.EngineFault)]
    [InlineData("of another century", BridgeErrorKind.EngineFault)]
    public void Failed_load_says_whether_the_model_is_to_blame(string kind, object expected) =>
        Assert.Equal((BridgeErrorKind)expected, WorkerErrors.OfLoad(new ErrorMessage(1, kind, "x", false, null)).Kind);

    [Theory]
    [InlineData(ErrorKinds.OutOfMemory, BridgeErrorKind.OutOfMemory)]
    [InlineData(ErrorKinds.BadInput, BridgeErrorKind.EngineFault)]
    [InlineData(ErrorKinds.TooLong, BridgeErrorKind.EngineFault)]
    [InlineData(ErrorKinds.Overloaded, BridgeErrorKind.EngineFault)]
    [InlineData(ErrorKinds.Deadline, BridgeErrorKind.EngineFault)]
    [InlineData(ErrorKinds.Cancelled, BridgeErrorKind.EngineFault)]
    [InlineData(ErrorKinds.BadModel, BridgeErrorKind.EngineFault)]
    [InlineData(ErrorKinds.MissingLibrary, BridgeErrorKind.EngineFault)]
    [InlineData(ErrorKinds.Internal, BridgeErrorKind.EngineFault)]
    [InlineData(ErrorKinds.Poisoned, BridgeErrorKind.EngineFault)]
    [InlineData("of another century", BridgeErrorKind.EngineFault)]
    public void Failed_batch_may_always_be_tried_elsewhere(string kind, object expected)
    {
        var error = WorkerErrors.OfBatch(new ErrorMessage(1, kind, "It failed.", false, 3));

        Assert.Equal((BridgeErrorKind)expected, error.Kind);
        Assert.True(error.IsTransient);
        Assert.Equal(("It failed.", 3), (error.Message, error.InputIndex));
    }
}
