using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Puts the marks after a letter into canonical order: by combining class, and as they came within one class.</summary>
internal static class CanonicalOrder
{
    private const int RankShift = 24;
    private const int Ranks = 64;
    private const int Short = 16;

    /// <summary>A code point together with the rank of its combining class.</summary>
    public static int Pack(int codePoint, int rank) => rank << RankShift | codePoint;

    public static int CodePoint(int packed) => packed & (1 << RankShift) - 1;

    public static int Rank(int packed) => packed >> RankShift;

    /// <summary>Sorts packed marks in linear time: a text may well be 100,000 marks on one letter.</summary>
    public static void Sort(Span<int> marks)
    {
        if (marks.Length <= Short)
        {
            InsertionSort(marks);
        }
        else
        {
            CountingSort(marks);
        }
    }

    private static void InsertionSort(Span<int> marks)
    {
        for (var i = 1; i < marks.Length; i++)
        {
            var mark = marks[i];
            var hole = i;
            for (; hole > 0 && Rank(marks[hole - 1]) > Rank(mark); hole--)
            {
                marks[hole] = marks[hole - 1];
            }

            marks[hole] = mark;
        }
    }

    private static void CountingSort(Span<int> marks)
    {
        Span<int> next = stackalloc int[Ranks + 1];
        next.Clear();
        foreach (int mark in marks)
        {
            next[Rank(mark) + 1]++;
        }

        for (var rank = 1; rank < Ranks; rank++)
        {
            next[rank] += next[rank - 1];
        }

        int[] sorted = ArrayPool<int>.Shared.Rent(marks.Length);
        foreach (int mark in marks)
        {
            sorted[next[Rank(mark)]++] = mark;
        }

        sorted.AsSpan(0, marks.Length).CopyTo(marks);
        ArrayPool<int>.Shared.Return(sorted);
    }
}
