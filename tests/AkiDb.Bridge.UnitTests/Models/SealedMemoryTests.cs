using System.IO.MemoryMappedFiles;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class SealedMemoryTests
{
    private const int Bytes = 1 << 16;

    [Fact]
    public void File_whose_pages_somebody_holds_for_a_moment_is_sealed_when_they_are_let_go()
    {
        using var file = SealedMemory.TryCreate("test");
        Assert.SkipWhen(file is null, "This system has no files in memory.");
        RandomAccess.SetLength(file, Bytes);
        Exception? failure = null;
        var sealing = new Thread(() => failure = Record.Exception(() => SealedMemory.Seal(file, CancellationToken.None)));

        using (var mapping = MemoryMappedFile.CreateFromFile(file, null, Bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true))
        using (mapping.CreateViewAccessor())
        {
            sealing.Start();
            SpinWait.SpinUntil(() => !sealing.IsAlive || sealing.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        }

        sealing.Join();
        Assert.Null(failure);
        Assert.Throws<UnauthorizedAccessException>(() => RandomAccess.Write(file, [1], 0));
    }
}
