namespace AkiDb.Bridge.Host.Files;

/// <summary>What follows in an input cannot be read.</summary>
/// <param name="file">The file.</param>
/// <param name="line">The last row that was read; 0 before the first.</param>
/// <param name="reason">Why, as the second half of a sentence about the file.</param>
/// <param name="cause">What was thrown.</param>
internal sealed class UnreadableInputException(string file, long line, string reason, Exception cause)
    : Exception(line == 0 ? $"'{file}' cannot be read: {reason}" : $"'{file}' cannot be read behind line {line}: {reason}", cause);
