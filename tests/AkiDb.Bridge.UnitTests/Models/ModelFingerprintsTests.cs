using System.Security.Cryptography;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class ModelFingerprintsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MiniLM_has_the_published_weights()
    {
        var fingerprint = await ModelFingerprints.ComputeAsync(ModelFolder.Read(TestPaths.Model("all-MiniLM-L6-v2"), "x"), Cancellation);

        // Stored indexes are compared by the value: it must never change for an unchanged model.
        Assert.Equal("53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", fingerprint.Weights);
        Assert.Equal("325ea421311647ef", fingerprint.Value);
    }

    [Fact]
    public async Task Both_layouts_of_one_model_are_one_model()
    {
        using var old = new ModelCopy("tiny-qwen3");
        using var renewed = new ModelCopy("tiny-qwen3-new-layout");
        var fingerprint = await ModelFingerprints.ComputeAsync(old.Read(), Cancellation);

        Assert.Equal("86986bf59a3fda64", fingerprint.Value);
        Assert.Equal(fingerprint, await ModelFingerprints.ComputeAsync(renewed.Read(), Cancellation));
    }

    [Fact]
    public async Task Whatever_moves_vectors_moves_the_value()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        var model = copy.Read();
        var bert = (EncoderArchitecture)model.Architecture;
        TransformerModel[] others =
        [
            model,
            model with { Pooling = Pooling.Mean },
            model with { MaxTokens = 511 },
            model with { Architecture = bert with { Heads = 3 } },
            model with { Architecture = bert with { LayerNormEpsilon = 1e-11 } },
            model with { TokenizerSha256 = new string('0', 64) },
            model with { Weights = model.Weights with { Files = [Path.Combine(TestPaths.Model("tiny-bert-cased"), "model.safetensors")] } },
        ];
        var values = await Task.WhenAll(others.Select(async other => (await ModelFingerprints.ComputeAsync(other, Cancellation)).Value));

        Assert.Equal(values.Length, values.Distinct().Count());
        Assert.All(values, value => Assert.Matches("^[0-9a-f]{16}$", value));
    }

    [Fact]
    public async Task Names_prompts_and_normalisation_are_not_part_of_it()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        var model = copy.Read();
        var other = model with { Id = "y", Revision = "z", Normalize = false, Prompts = new Dictionary<string, string> { ["a"] = "b" } };

        Assert.Equal(await ModelFingerprints.ComputeAsync(model, Cancellation), await ModelFingerprints.ComputeAsync(other, Cancellation));
    }

    [Fact]
    public async Task Shards_are_the_digest_of_their_digests()
    {
        using var folder = new TempFolder();
        string[] files = [folder.Write("a", "first"), folder.Write("b", "second")];
        var model = ModelFolder.Read(TestPaths.Model("tiny-bert-cls"), "x");
        var fingerprint = await ModelFingerprints.ComputeAsync(model with { Weights = model.Weights with { Files = files } }, Cancellation);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([.. SHA256.HashData("first"u8), .. SHA256.HashData("second"u8)])), fingerprint.Weights);
    }

    [Fact]
    public async Task Cancellation_ends_it()
    {
        var model = ModelFolder.Read(TestPaths.Model("tiny-bert-cls"), "x");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ModelFingerprints.ComputeAsync(model, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Weights_that_vanished_are_a_bad_model()
    {
        var model = ModelFolder.Read(TestPaths.Model("tiny-bert-cls"), "x");
        model = model with { Weights = model.Weights with { Files = ["/no/such/model.safetensors"] } };
        var error = await Assert.ThrowsAsync<BridgeException>(() => ModelFingerprints.ComputeAsync(model, Cancellation));
        Assert.Equal(BridgeErrorKind.BadModel, error.Error.Kind);
    }

    [Fact]
    public async Task The_tokeniser_is_hashed_as_it_was_read()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        var model = copy.Read();
        var before = await ModelFingerprints.ComputeAsync(model, Cancellation);

        copy.Delete("tokenizer.json").Write("tokenizer.json", "{}");

        Assert.Equal(before, await ModelFingerprints.ComputeAsync(model with { Content = new SealedFiles() }, Cancellation));
    }
}
