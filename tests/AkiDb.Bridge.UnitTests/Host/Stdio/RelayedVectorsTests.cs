using System.Text;
using AkiDb.Bridge.Host.Stdio;

namespace AkiDb.Bridge.UnitTests.Host.Stdio;

public sealed class RelayedVectorsTests
{
    private const string Space = "m;weights=0123;pooling=mean;prompt=none;dim=2;norm=l2;precision=float32";

    [Fact]
    public async Task Numbers_are_passed_on_as_they_were_written()
    {
        var vectors = Read("[[1.0e-7, -0],[3,4.50]]", 2)!;
        using var output = new MemoryStream();
        using var line = new AnswerLine(output);
        await vectors.WriteAsync(line, TestContext.Current.CancellationToken);
        Assert.Equal("{\"status\":\"ok\",\"dimension\":2,\"count\":2,\"embeddings\":[[1.0e-7, -0],[3,4.50]]}\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Theory]
    [InlineData("[[1,2]]", 2)]
    [InlineData("[[1,2],[3]]", 2)]
    [InlineData("[[1,2],[3,4],[5,6]]", 2)]
    [InlineData("[[1,2],[3,\"4\"]]", 2)]
    [InlineData("7", 1)]
    [InlineData("[[1,2]", 1)]
    [InlineData("[[1,2,3],[4]]", 2)]
    [InlineData("[[[1,2,3,4]]]", 2)]
    [InlineData("[1,2,[],[],3,4]", 2)]
    [InlineData("[[1,2],null]", 1)]
    [InlineData("[[1,1e39]]", 1)]
    [InlineData("[[1,-1e9999]]", 1)]
    [InlineData("[[1,2]]}{\"embeddings\":[[1,2]]", 1)]
    public void Answer_that_does_not_fit_is_none(string embeddings, int inputs) => Assert.Null(Read(embeddings, inputs));

    [Fact]
    public async Task Answer_is_one_line_however_the_other_bridge_has_written_it()
    {
        var vectors = Read("[\n  [1,\r\n   2]\n]", 1)!;
        using var output = new MemoryStream();
        using var line = new AnswerLine(output);
        await vectors.WriteAsync(line, TestContext.Current.CancellationToken);
        Assert.Equal("{\"status\":\"ok\",\"dimension\":2,\"count\":1,\"embeddings\":[   [1,     2] ]}\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Theory]
    [InlineData("m;weights=0123;pooling=mean;prompt=none;dim=2;norm=l2;precision=bfloat16", true)]
    [InlineData("m;weights=0123;pooling=mean;prompt=none;dim=2;norm=none;precision=float32", false)]
    [InlineData("m;weights=0124;pooling=mean;prompt=none;dim=2;norm=l2;precision=float32", false)]
    [InlineData("m;weights=0123;pooling=cls;prompt=none;dim=2;norm=l2;precision=float32", false)]
    [InlineData("n;weights=0123;pooling=mean;prompt=none;dim=2;norm=l2;precision=float32", false)]
    public void Only_what_was_asked_for_is_of_the_same_space(string space, bool isInterchangeable) =>
        Assert.Equal(isInterchangeable, new RelayedModel(2, Space).IsInterchangeableWith(Read("[[1,2]]", 1, space)!, areNormalized: true));

    [Fact]
    public void Vectors_as_they_were_pooled_are_of_the_same_model() =>
        Assert.True(new RelayedModel(2, Space).IsInterchangeableWith(Read("[[1,2]]", 1, Space.Replace("norm=l2", "norm=none", StringComparison.Ordinal))!, areNormalized: false));

    private static RelayedVectors? Read(string embeddings, int inputs, string space = Space) => RelayedVectors.Read(
        Encoding.UTF8.GetBytes($"{{\"usage\":{{\"total_tokens\":1}},\"embeddings\":{embeddings},\"model\":\"m\",\"dimension\":2,\"space\":\"{space}\",\"truncated\":[false]}}"), inputs);
}
