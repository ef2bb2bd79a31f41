using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>A folder whose files, links or place are changed while it is read: what is served is one model or the other, or nothing.</summary>
public sealed class FolderReadingTests : IDisposable
{
    private const string Config = "config.json";

    private readonly ModelCopy copy = new("tiny-bert-cls");
    private readonly TempFolder elsewhere = new();
    private int reads;

    [Fact]
    public void File_that_is_replaced_while_the_folder_is_read_has_it_read_again()
    {
        Read(copy.Folder, folder => Touch(folder, isOnce: true));

        Assert.Equal(2, reads);
    }

    [Fact]
    public void Folder_whose_files_change_without_end_is_refused()
    {
        var error = Assert.Throws<BridgeException>(() => Read(copy.Folder, folder => Touch(folder, isOnce: false))).Error;

        Assert.Equal(BridgeErrorKind.BadModel, error.Kind);
        Assert.Contains("was changed while it was read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_with_a_folder_that_changes_meanwhile_is_looked_for_again()
    {
        Read(copy.Folder, folder =>
        {
            if (Touch(folder, isOnce: true))
            {
                throw BadModel.In(folder, "does not fit together.");
            }
        });

        Assert.Equal(2, reads);
    }

    [Fact]
    public void Link_that_pointed_elsewhere_in_between_has_the_folder_read_again()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        var link = elsewhere.At("current");
        using var other = new ModelCopy("tiny-bert-cased");
        Directory.CreateSymbolicLink(link, copy.Folder);

        // As where each file of a folder is a link through one folder that is replaced.
        Read(copy.Folder, _ =>
        {
            if (reads == 1)
            {
                PointTo(other.Folder);
                RealPath.Of(Path.Combine(link, Config));
                PointTo(copy.Folder);
            }
        });

        Assert.Equal(2, reads);

        void PointTo(string target)
        {
            Directory.Delete(link);
            Directory.CreateSymbolicLink(link, target);
        }
    }

    [Fact]
    public void Folder_behind_a_link_is_read_where_the_link_points_first()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        var link = elsewhere.At("current");
        Directory.CreateSymbolicLink(link, copy.Folder);

        Read(link, folder => Assert.Equal(RealPath.Of(copy.Folder), folder));

        Assert.Equal(1, reads);
    }

    [Fact]
    public void Folder_that_stays_what_it_is_is_read_once()
    {
        Read(copy.Folder, _ => { });

        Assert.Equal(1, reads);
    }

    public void Dispose()
    {
        copy.Dispose();
        elsewhere.Dispose();
    }

    private void Read(string folder, Action<string> meanwhile)
    {
        FolderReading.Read(folder, null, (at, content) =>
        {
            reads++;
            JsonFile.ReadObject(Path.Combine(at, Config));
            meanwhile(at);
            var model = copy.Read();
            model.Content.Dispose();
            return model with { Content = content };
        }).Content.Dispose();
    }

    private bool Touch(string folder, bool isOnce)
    {
        if (isOnce && reads > 1)
        {
            return false;
        }

        File.AppendAllText(Path.Combine(folder, Config), " ");
        return true;
    }
}
