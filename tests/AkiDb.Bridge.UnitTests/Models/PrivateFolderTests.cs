using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class PrivateFolderTests
{
    [Fact]
    public void Folder_that_a_killed_host_has_left_is_removed_and_one_that_is_held_is_not_whoever_holds_it()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Only on Linux it is certain whether a folder is held.");
        }

        using var root = new TempFolder();
        string left;
        using (var folder = PrivateFolder.CreateIn(root.Path))
        {
            // As it is seen by a host in another container: nothing says which process has made it.
            PrivateFolder.RemoveLeftovers(root.Path);
            Assert.True(Directory.Exists(folder.Path));
            left = folder.Path;
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(root.Path));
        Directory.CreateDirectory(left);
        root.Write(Path.Combine(Path.GetFileName(left), "weights"), "bytes");
        PrivateFolder.RemoveLeftovers(root.Path);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root.Path));
    }
}
