using System.Text;
using AkiDb.Bridge.Host.Logging;

namespace AkiDb.Bridge.UnitTests.Host.Logging;

public sealed class RollingFileStreamTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-rolling-");

    private string LogFile => Path.Combine(folder.FullName, "log");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void File_that_is_full_gets_a_number_and_the_oldest_goes()
    {
        using (var log = new RollingFileStream(LogFile, maxBytes: 10, kept: 2))
        {
            foreach (var line in (string[])["first\n", "second\n", "third\n", "4\n", "5\n", "sixth\n", "seventh, longer than a file\n", "last\n"])
            {
                log.Write(Encoding.UTF8.GetBytes(line));
            }
        }

        Assert.Equal(["log", "log.1", "log.2"], folder.EnumerateFiles().Select(file => file.Name).Order());
        Assert.Equal(("last\n", "seventh, longer than a file\n", "sixth\n"), (File.ReadAllText(LogFile), File.ReadAllText(LogFile + ".1"), File.ReadAllText(LogFile + ".2")));
    }

    [Fact]
    public void What_was_there_before_is_kept_and_others_may_read_meanwhile()
    {
        File.WriteAllText(LogFile, "before\n");
        using var log = new RollingFileStream(LogFile);

        log.Write("after\n"u8);

        using var reader = new StreamReader(new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        Assert.Equal("before\nafter\n", reader.ReadToEnd());
    }

    [Fact]
    public void Folder_that_is_missing_ends_nothing_before_there_is_a_message_and_may_come_later()
    {
        var late = Path.Combine(folder.FullName, "late");
        using var log = new RollingFileStream(Path.Combine(late, "log"));
        Assert.Throws<DirectoryNotFoundException>(() => log.Write("lost\n"u8));

        Directory.CreateDirectory(late);
        log.Write("message\n"u8);

        Assert.Equal("message\n", File.ReadAllText(Path.Combine(late, "log")));
    }
}
