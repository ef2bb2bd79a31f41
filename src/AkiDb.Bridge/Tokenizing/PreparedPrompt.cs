namespace AkiDb.Bridge.Tokenizing;

/// <summary>A prompt of which everything that no text after it can change is tokenised already.</summary>
/// <param name="Ids">The ids of the prompt's beginning.</param>
/// <param name="Rest">What is left of the prompt: it is tokenised together with each text.</param>
internal sealed record PreparedPrompt(int[] Ids, string Rest)
{
    /// <summary>No prompt.</summary>
    public static PreparedPrompt None { get; } = new([], string.Empty);
}
