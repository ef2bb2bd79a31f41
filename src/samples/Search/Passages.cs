namespace AkiDb.Bridge.Samples;

/// <summary>1,000 short texts: fifty subjects, seen from twenty sides.</summary>
internal static class Passages
{
    private static readonly string[] Subjects =
    [
        "Penguins", "Volcanoes", "Violins", "Bicycles", "Cathedrals", "Glaciers", "Bakeries", "Submarines", "Olive trees", "Telescopes", "Chess players", "Railways",
        "Lighthouses", "Honey bees", "Vaccines", "Suspension bridges", "Deserts", "Poets", "Sailing ships", "Coral reefs", "Watchmakers", "Wolves", "Orchestras",
        "Potatoes", "Satellites", "Marathon runners", "Vineyards", "Earthquakes", "Libraries", "Elephants", "Kites", "Tea ceremonies", "Windmills", "Photographers",
        "Mushrooms", "Parliaments", "Comets", "Sheep dogs", "Canals", "Carpenters", "Mosquitoes", "Pianos", "Waterfalls", "Pharmacies", "Castles", "Dolphins",
        "Typewriters", "Rice fields", "Airports", "Snowflakes",
    ];

    private static readonly string[] Sides =
    [
        "live and are found in these places", "are described in old books", "need care in winter", "have changed over the last century", "are loved by children",
        "cost more than people think", "appear on postage stamps", "make a sound that one remembers", "are studied at universities", "attract visitors in summer",
        "were painted by famous artists", "depend on water", "can be dangerous", "are measured by engineers", "have a patron saint", "are seen best at night",
        "are the subject of a law", "were rare a hundred years ago", "can be repaired", "are counted every ten years",
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Passage> All { get; } =
        [.. Subjects.SelectMany(_ => Sides, (subject, side) => $"{subject} {side}.").Select((text, index) => new Passage { Id = index, Text = text })];
}
