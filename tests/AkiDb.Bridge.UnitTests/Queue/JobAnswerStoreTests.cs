using AkiDb.Bridge.Queue;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class JobAnswerStoreTests
{
    private const int Size = 10;

    private readonly JobAnswerStore store = new(mostBytes: 2 * Size);

    [Fact]
    public async Task Answer_is_given_whether_it_came_before_or_comes_after()
    {
        await AddAsync("before");
        Assert.Equal("before", (await store.WaitAsync("before")).Space);
        var after = store.WaitAsync("after");
        Assert.False(after.IsCompleted);
        await AddAsync("after");
        Assert.Equal("after", (await after).Space);
    }

    [Fact]
    public async Task Equal_texts_get_the_same_answer_as_often_as_they_ask()
    {
        var (first, second) = (store.WaitAsync("a"), store.WaitAsync("a"));
        await AddAsync("a");
        await AddAsync("a");
        Assert.Equal("a", (await first).Space);
        Assert.Equal("a", (await second).Space);
        Assert.Equal("a", (await store.WaitAsync("a")).Space);
    }

    [Fact]
    public async Task Full_store_reads_no_further_until_somebody_asks()
    {
        await AddAsync("a");
        await AddAsync("b");
        var third = AddAsync("c");
        Assert.False(third.IsCompleted);

        // What was given is the first to go.
        await store.WaitAsync("b");
        await third;
        Assert.True(store.WaitAsync("a").IsCompletedSuccessfully);
        Assert.True(store.WaitAsync("c").IsCompletedSuccessfully);
        Assert.False(store.RewindAsync().IsCompleted);
    }

    [Fact]
    public async Task Who_waits_has_the_next_ones_read_and_what_had_to_go_has_all_read_again()
    {
        await AddAsync("a");
        await AddAsync("b");
        var last = store.WaitAsync("last");
        await AddAsync("c");
        await AddAsync("last");
        Assert.Equal("last", (await last).Space);
        Assert.False(store.RewindAsync().IsCompleted);

        var gone = store.WaitAsync("a");
        Assert.True(store.RewindAsync().IsCompletedSuccessfully);
        Assert.False(store.Rewound().IsCompleted);
        await AddAsync("a");
        Assert.Equal("a", (await gone).Space);
    }

    private Task AddAsync(string id) => store.AddAsync(id, new JobAnswer([], id, 0, "", null), Size, TestContext.Current.CancellationToken);
}
