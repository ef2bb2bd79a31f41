namespace AkiDb.Bridge.Host.Logging;

/// <summary>A message as it is written.</summary>
/// <param name="Text">The message, with its line ends.</param>
/// <param name="ToError">Whether it goes to standard error.</param>
internal readonly record struct LogLine(string Text, bool ToError);
