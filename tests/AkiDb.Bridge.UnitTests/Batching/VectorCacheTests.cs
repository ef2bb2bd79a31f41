using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class VectorCacheTests
{
    [Fact]
    public void Least_recently_used_rows_make_room()
    {
        // Room for two entries of 3 ids and 2 values.
        var cache = new VectorCache(2 * (200 + 12 + 8));
        Add(cache, 1);
        Add(cache, 2);
        Assert.True(Has(cache, 1));

        Add(cache, 3);

        Assert.True(Has(cache, 1));
        Assert.False(Has(cache, 2));
        Assert.True(Has(cache, 3));
    }

    [Fact]
    public void Row_that_is_larger_than_the_cache_is_not_kept()
    {
        var cache = new VectorCache(100);

        Add(cache, 1);

        Assert.False(Has(cache, 1));
    }

    private static void Add(VectorCache cache, int id) => cache.Add([id, id, id], [id, -id], "float32");

    private static bool Has(VectorCache cache, int id) => cache.TryGet(new[] { id, id, id }, out var row, out _) && row.Span[0] == id;
}
