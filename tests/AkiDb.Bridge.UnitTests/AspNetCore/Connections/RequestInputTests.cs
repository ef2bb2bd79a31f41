using System.IO.Pipelines;
using AkiDb.Bridge.AspNetCore.Connections;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Connections;

public sealed class RequestInputTests
{
    private readonly Pipe pipe = new();
    private bool isAnswering;

    [Fact]
    public async Task End_is_said_when_everything_has_been_consumed()
    {
        var input = await SendAsync("abc"u8.ToArray());

        var first = await input.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal((3, false), (first.Buffer.Length, first.IsCompleted));
        input.AdvanceTo(first.Buffer.GetPosition(1));
        var second = await input.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal((2, false), (second.Buffer.Length, second.IsCompleted));
        input.AdvanceTo(second.Buffer.End);

        Assert.True((await input.ReadAsync(TestContext.Current.CancellationToken)).IsCompleted);
    }

    [Fact]
    public async Task End_is_said_to_a_reader_that_has_looked_at_everything_and_wants_more()
    {
        var input = await SendAsync("abc"u8.ToArray());
        var first = await input.ReadAsync(TestContext.Current.CancellationToken);
        input.AdvanceTo(first.Buffer.Start, first.Buffer.End);

        var second = await input.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal((3, true), (second.Buffer.Length, second.IsCompleted));
    }

    [Fact]
    public async Task Body_that_is_broken_off_is_an_error_and_not_the_end_of_the_connection()
    {
        var input = await SendAsync("abc"u8.ToArray());
        isAnswering = true;
        var first = await input.ReadAsync(TestContext.Current.CancellationToken);
        input.AdvanceTo(first.Buffer.End);

        await Assert.ThrowsAsync<BodyBrokenOffException>(async () => await input.ReadAsync(TestContext.Current.CancellationToken));
    }

    private async Task<RequestInput> SendAsync(byte[] bytes)
    {
        await pipe.Writer.WriteAsync(bytes, TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        return new RequestInput(pipe.Reader, () => isAnswering);
    }
}
