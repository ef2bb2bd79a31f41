namespace AkiDb.Bridge.Chaos;

/// <summary>The texts of the requests, the same in every run: most are short, some long, some longer than models take.</summary>
internal static class Corpus
{
    private const int Seed = 7;

    private static readonly string[][] Scripts =
    [
        ["the", "river", "house", "of", "music", "a", "green", "market", "light", "paper", "winter", "table", "road", "database", "vector", "searches", "quickly"],
        ["der", "Fluss", "und", "das", "Haus", "über", "schöne", "Straße", "Wörter", "Datenbank", "läuft", "heute"],
        ["το", "ποτάμι", "και", "σπίτι", "μουσική", "χειμώνας", "δρόμος", "βιβλίο"],
        ["река", "дом", "и", "музыка", "зима", "дорога", "книга", "поиск", "быстро"],
        ["河流", "房子", "音乐", "冬天", "道路", "数据库", "向量", "搜索"],
        ["川", "音楽", "ふゆ", "みち", "データベース", "ベクトル", "検索"],
        ["النهر", "البيت", "موسيقى", "شتاء", "طريق", "كتاب"],
        ["नदी", "घर", "संगीत", "सर्दी", "सड़क", "किताब"],
        ["SELECT", "id", "FROM", "t", "WHERE", "x", ">=", "42;", "{\"key\":", "null}", "🙂", "№7", "a@b.c"],
    ];

    // How many texts there are of about so many words.
    private static readonly (int Words, int Texts)[] Lengths = [(3, 24), (8, 24), (18, 16), (70, 12), (180, 6), (400, 2)];

    /// <summary>The texts; no two are equal.</summary>
    public static IReadOnlyList<string> Texts { get; } = Create();

    private static List<string> Create()
    {
        var random = new Random(Seed);
        var texts = new List<string>();
        foreach (var (words, count) in Lengths)
        {
            for (var i = 0; i < count; i++)
            {
                var script = Scripts[random.Next(2) == 0 ? 0 : random.Next(Scripts.Length)];
                texts.Add($"{texts.Count} {string.Join(' ', random.GetItems(script, Math.Max(1, random.Next(words * 3 / 4, (words * 5 / 4) + 1))))}");
            }
        }

        return texts;
    }
}
