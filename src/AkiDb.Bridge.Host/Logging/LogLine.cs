namespace AkiDb.Bridge.Host.Logging;

/// <summary>A message as it is written.</summary>
/// <param name="Text">The message, with its line ends.</param>
/// <param name="ToError">Whether it goes to standard error.</param>
/// <param name="EventId">The number of its kind; 0 where it has none.</param>
internal readonly record struct LogLine(string Text, bool ToError, int EventId = 0);
