namespace AkiDb.Bridge.Host.Files;

/// <summary>A row that could not be embedded.</summary>
/// <param name="File">The input.</param>
/// <param name="Line">Where it begins there, from 1 on.</param>
/// <param name="Row">Its number in all inputs together, from 1 on.</param>
/// <param name="Reason">Why, as the second half of a sentence about it. It holds nothing of the text.</param>
internal sealed record BadRow(string File, long Line, long Row, string Reason);
