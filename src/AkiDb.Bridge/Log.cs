using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge;

internal static partial class Log
{
    [LoggerMessage(EventId = 6900, Level = LogLevel.Information, Message = "{Model} is computed by the sentence-transformers library, in workers only: {Why}")]
    public static partial void LibraryComputes(ILogger logger, string model, string why);
}
