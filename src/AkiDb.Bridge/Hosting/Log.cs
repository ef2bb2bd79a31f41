using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Hosting;

internal static partial class Log
{
    [LoggerMessage(EventId = 6001, Level = LogLevel.Critical, Message = "The supervision of the workers of {Model} failed inside the bridge itself")]
    public static partial void SupervisionFailed(ILogger logger, string model, Exception error);

    [LoggerMessage(EventId = 6002, Level = LogLevel.Error, Message = "{Reason} The other models are not touched; it is tried again when the configuration is written again, or the host starts again")]
    public static partial void ModelFailed(ILogger logger, string reason);

    [LoggerMessage(EventId = 6003, Level = LogLevel.Information, Message = "The model {Model} was added")]
    public static partial void ModelAdded(ILogger logger, string model);

    [LoggerMessage(EventId = 6004, Level = LogLevel.Information, Message = "The model {Model} is removed: it gets no more requests, and finishes those it has within {GracePeriod}")]
    public static partial void ModelRemoved(ILogger logger, string model, TimeSpan gracePeriod);

    [LoggerMessage(EventId = 6005, Level = LogLevel.Information, Message = "The model {Model} is being replaced, because of {Changes}. It goes on as it was until the new one is ready")]
    public static partial void ModelReplacing(ILogger logger, string model, string changes);

    [LoggerMessage(EventId = 6006, Level = LogLevel.Information, Message = "The model {Model} was replaced")]
    public static partial void ModelReplaced(ILogger logger, string model);

    [LoggerMessage(EventId = 6007, Level = LogLevel.Error, Message = "The model {Model} could not be replaced and goes on as it was: {Reason}")]
    public static partial void ModelNotReplaced(ILogger logger, string model, string reason);

    [LoggerMessage(EventId = 6008, Level = LogLevel.Error, Message = "The configuration was written, and nothing of it is used. {Reason}")]
    public static partial void ReloadRefused(ILogger logger, string reason);

    [LoggerMessage(EventId = 6009, Level = LogLevel.Warning, Message = "The configuration was written: {Changes} is used after a restart of the host. Only Bridge:Models may change while it runs")]
    public static partial void NeedsRestart(ILogger logger, string changes);

    [LoggerMessage(EventId = 6010, Level = LogLevel.Critical, Message = "A change of the models failed inside the bridge itself")]
    public static partial void ReloadFailed(ILogger logger, Exception error);

    [LoggerMessage(EventId = 6011, Level = LogLevel.Information, Message = "{Model} is computed by the sentence-transformers library, in workers only: {Why}")]
    public static partial void LibraryComputes(ILogger logger, string model, string why);

    [LoggerMessage(EventId = 6012, Level = LogLevel.Error, Message = "The engines of {Model} were not compared: that failed inside the bridge itself")]
    public static partial void ComparisonFailed(ILogger logger, string model, Exception error);
}
