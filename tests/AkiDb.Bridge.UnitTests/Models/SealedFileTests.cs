using System.Security.Cryptography;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class SealedFileTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void What_was_sealed_stays_whatever_happens_to_the_file()
    {
        using var folder = new TempFolder();
        var path = folder.Write("model.safetensors", "first");
        using var file = new SealedFile(path);
        var place = file.Seal(Cancellation);

        File.WriteAllText(path, "other");
        File.WriteAllText(path, "");
        File.Delete(path);

        Assert.Equal("first", File.ReadAllText(place));
        Assert.Equal(SHA256.HashData("first"u8), file.Digest(Cancellation));
        var bytes = new byte[5];
        Assert.Equal(5, file.Read(bytes, 0));
        Assert.Equal("first"u8, bytes);
    }

    [Fact]
    public void File_that_was_overwritten_since_it_was_opened_is_refused()
    {
        using var folder = new TempFolder();
        var path = folder.Write("model.safetensors", "first");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-1));
        using var file = new SealedFile(path);
        File.WriteAllText(path, "other");

        var error = Assert.Throws<BridgeException>(() => file.Seal(Cancellation));

        Assert.Equal(BridgeErrorKind.BadModel, error.Error.Kind);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("was changed while it was read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_was_replaced_since_it_was_opened_is_the_one_that_was_opened()
    {
        using var folder = new TempFolder();
        var path = folder.Write("model.safetensors", "first");
        using var file = new SealedFile(path);
        File.Move(folder.Write("new", "other"), path, overwrite: true);

        Assert.Equal("first", File.ReadAllText(file.Seal(Cancellation)));
    }

    [Fact]
    public void Nobody_can_write_to_the_copy_or_change_its_length()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux seals memory.");
        using var folder = new TempFolder();
        using var file = new SealedFile(folder.Write("model.safetensors", "first"));
        var place = file.Seal(Cancellation);

        Assert.ThrowsAny<Exception>(() => File.WriteAllText(place, "other"));
        Assert.ThrowsAny<Exception>(() => File.AppendAllText(place, "more"));

        Assert.Equal("first", File.ReadAllText(place));
    }

    [Fact]
    public void Copy_is_gone_when_the_file_is_disposed_of()
    {
        using var folder = new TempFolder();
        var file = new SealedFile(folder.Write("model.safetensors", "first"));
        var place = file.Seal(Cancellation);

        file.Dispose();

        Assert.SkipWhen(OperatingSystem.IsWindows(), "There the copy is the file itself.");
        Assert.False(File.Exists(place) && File.ReadAllText(place) == "first");
    }
}
