using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>A vocabulary as it is read: an object of tokens with ids, or an array of tokens with scores, whose ids are their places.</summary>
internal sealed class VocabularyList
{
    public TokenList Tokens { get; } = new();

    /// <summary>The ids of <see cref="Tokens"/>.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>The scores of <see cref="Tokens"/>; empty where the vocabulary has ids.</summary>
    public List<double> Scores { get; } = [];

    /// <summary>Reads a vocabulary; false when it is something else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryRead(ref JsonListScanner scanner)
    {
        var scored = scanner.TryTake('[');
        if (!scored && !scanner.TryTake('{'))
        {
            return false;
        }

        var end = scored ? ']' : '}';
        var understood = true;
        var more = !scanner.TryTake(end);
        while (more && understood)
        {
            understood = scored ? TryReadScore(ref scanner) : TryReadId(ref scanner);
            more = understood && scanner.TryTake(',');
            understood &= more || scanner.TryTake(end);
        }

        return understood;
    }

    private bool TryReadId(ref JsonListScanner scanner)
    {
        if (!scanner.TryTakeString(out var quoted, out var escaped) || !scanner.TryTake(':') || !scanner.TryTakeNumber(out int id))
        {
            return false;
        }

        Tokens.Add(quoted, escaped);
        Ids.Add(id);
        return true;
    }

    private bool TryReadScore(ref JsonListScanner scanner)
    {
        if (!scanner.TryTake('[') || !scanner.TryTakeString(out var quoted, out var escaped) || !scanner.TryTake(',')
            || !scanner.TryTakeNumber(out double score) || !scanner.TryTake(']'))
        {
            return false;
        }

        Tokens.Add(quoted, escaped);
        Ids.Add(Ids.Count);
        Scores.Add(score);
        return true;
    }
}
