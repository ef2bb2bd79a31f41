using System.Buffers;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class AllocationTests
{
    [Theory]
    [InlineData("all-MiniLM-L6-v2")]
    [InlineData("tiny-qwen3")]
    public void Encoding_sentences_allocates_nothing(string model)
    {
        var tokenizer = Tokenizers.Load(model);
        string[] texts = [.. ReferenceAnswers.Texts.Where(text => text.Kind is "sentence" or "generated").Select(text => text.Text)];
        var ids = new ArrayBufferWriter<int>(1 << 16);
        var first = Allocated(tokenizer, texts, ids);
        var second = Allocated(tokenizer, texts, ids);

        Assert.Equal(0, Math.Min(first, second));
    }

    private static long Allocated(Tokenizer tokenizer, string[] texts, ArrayBufferWriter<int> ids)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (string text in texts)
        {
            ids.ResetWrittenCount();
            tokenizer.Encode(text, 256, ids, TestContext.Current.CancellationToken);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
