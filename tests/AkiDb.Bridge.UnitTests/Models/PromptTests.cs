using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.UnitTests.Onnx;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>Texts behind prompts that are not pooled, against the library: every pooling, with prompts of different lengths in one batch.</summary>
public sealed class PromptTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var (model, pooling) in PromptCases.All)
            {
                cases.Add(model, pooling);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Texts_together_and_alone_have_the_librarys_vectors(string name, string pooling)
    {
        using var copy = new ModelCopy(name);
        foreach (var (file, member, value) in PromptCases.Changes(name, pooling))
        {
            copy.Set(file, member, value);
        }

        var model = copy.Read();
        using var content = model.Content;
        await using var engine = OnnxEngine.Load(model, new OnnxOptions { BatchTokens = 128 }, TimeProvider.System);
        var texts = PromptCases.Ids(name);

        var together = await EngineCalls.EmbedAsync(engine, model, texts, TestContext.Current.CancellationToken);
        var alone = new List<float>();
        foreach (var text in texts)
        {
            alone.AddRange(await EngineCalls.EmbedAsync(engine, model, [text], TestContext.Current.CancellationToken));
        }

        var expected = PromptCases.Expected(name, pooling);
        foreach (var rows in new[] { together, [.. alone] })
        {
            Assert.InRange(EngineCalls.Distance([.. PromptCases.Sampled(rows.Chunk(model.Dimension))], expected), 0, ReferenceAnswers.ToleranceOf(name));
        }
    }
}
