using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class ModelLocatorTests : IDisposable
{
    private const string MiniLM = "sentence-transformers/all-MiniLM-L6-v2";
    private const string Commit = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf";

    private readonly TempFolder _folder = new();

    private ModelSearchPaths Paths => new()
    {
        ModelFolders = [_folder.At("first"), _folder.At("second")],
        HubHome = _folder.Path,
        HubCache = _folder.At("hub"),
        AkiDbCache = _folder.At("akidb"),
        Converted = _folder.At("converted"),
        Home = _folder.At("home"),
        EmbeddedFolder = _folder.At("embedded"),
        EmbeddedId = MiniLM,
    };

    [Fact]
    public void Places_are_looked_at_in_order()
    {
        var places = new[]
        {
            Model("embedded"),
            Model("akidb", MiniLM),
            Snapshot("sentence-transformers--all-MiniLM-L6-v2"),
            Model("second", "all-MiniLM-L6-v2"),
            Model("first", MiniLM),
        };
        Assert.Equal(places[^1], Find(MiniLM).Folder);
        for (var index = places.Length - 1; index > 0; index--)
        {
            Directory.Delete(places[index], recursive: true);
            Assert.Equal(Location(MiniLM, places[index - 1], index == 3 ? Commit : null), Find(MiniLM));
        }
    }

    [Theory]
    [InlineData(MiniLM)]
    [InlineData("all-MiniLM-L6-v2")]
    [InlineData("ALL-minilm-l6-V2")]
    [InlineData("Sentence-Transformers/all-minilm-l6-v2")]
    public void Both_names_of_the_embedded_model_are_one(string name)
    {
        var folder = Model("embedded");
        Assert.Equal(Location(MiniLM, folder, null), Find(name));
    }

    [Fact]
    public void Other_names_are_found_as_they_are_written()
    {
        var folder = Model("akidb", "qwen3-0.6b");
        Assert.Equal(new ModelLocation("qwen3-0.6b", folder, null), Find("qwen3-0.6b"));
        Assert.Equal(new ModelLocation("Qwen/qwen3-0.6b", folder, null), Find("Qwen/qwen3-0.6b"));
    }

    [Fact]
    public void Hub_cache_follows_the_main_reference_and_gives_the_revision()
    {
        var folder = Snapshot("org--name");
        Assert.Equal(new ModelLocation("org/name", folder, Commit), Find("org/name"));
    }

    [Theory]
    [InlineData(Commit)]
    [InlineData("v1.0")]
    [InlineData("refs/pr/1")]
    public void Revision_is_looked_for_in_the_hub_cache_alone(string revision)
    {
        Model("first", "org", "name");
        var folder = Snapshot("org--name");
        _folder.Write("hub/models--org--name/refs/v1.0", Commit);
        _folder.Write("hub/models--org--name/refs/refs/pr/1", Commit);
        Assert.Equal(new ModelLocation("org/name", folder, Commit), Find($"org/name@{revision}"));
    }

    [Fact]
    public void Unknown_revision_is_not_replaced_by_another()
    {
        Model("first", "org", "name");
        Snapshot("org--name");
        Assert.Contains("other", NotFound("org/name@other"), StringComparison.Ordinal);
    }

    [Fact]
    public void Incomplete_snapshot_is_skipped_and_listed()
    {
        var folder = Snapshot("sentence-transformers--all-MiniLM-L6-v2");
        File.Delete(Path.Combine(folder, "config.json"));
        Assert.Contains($"{folder}: incomplete, it has no config.json", NotFound(MiniLM), StringComparison.Ordinal);

        Model("embedded");
        Assert.Equal(_folder.At("embedded"), Find(MiniLM).Folder);
    }

    [Fact]
    public void Message_lists_every_place_in_order()
    {
        var message = NotFound("org/name");
        string[] places =
        [
            Path.GetFullPath("org/name"), _folder.At("first", "org/name"), _folder.At("first", "name"), _folder.At("second", "org/name"),
            _folder.At("hub", "models--org--name", "refs", "main"), _folder.At("akidb", "org/name"), _folder.At("akidb", "name"), "the embedded model",
        ];
        Assert.Equal(places.Order(Comparer<string>.Create((x, y) => At(x) - At(y))), places);
        Assert.All(places, place => Assert.True(At(place) >= 0, place));

        int At(string place) => message.IndexOf($"- {place}:", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("first", "first")]
    [InlineData("embedded", MiniLM)]
    [InlineData("somewhere/all-MiniLM-L6-v2", MiniLM)]
    public void Folder_given_as_a_path_has_its_own_name(string folder, string id)
    {
        var path = Model(folder);
        Assert.Equal(Location(id, path, null), Find(path + "/"));
    }

    [Fact]
    public void Snapshot_given_as_a_path_keeps_name_and_revision()
    {
        var folder = Snapshot("org--name");
        Assert.Equal(new ModelLocation("org/name", folder, Commit), Find(folder));
        Directory.CreateSymbolicLink(_folder.At("link"), folder);
        Assert.Equal(new ModelLocation("org/name", _folder.At("link"), Commit), Find(_folder.At("link")));
    }

    [Fact]
    public void Tilde_is_the_home_folder()
    {
        var folder = Model("home", "mine");
        Assert.Equal(new ModelLocation("mine", folder, null), Find("~/mine"));
    }

    [Fact]
    public void Path_without_a_model_is_not_looked_for_elsewhere()
    {
        Model("embedded");
        var message = NotFound("/no/such/all-MiniLM-L6-v2");
        Assert.Contains("/no/such/all-MiniLM-L6-v2: does not exist", message, StringComparison.Ordinal);
        Assert.DoesNotContain("AKIDB_MODELS_PATH", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("org/../../secret")]
    [InlineData("org/name/../../../secret")]
    [InlineData("org/name@../../../secret")]
    [InlineData("../secret")]
    [InlineData("..")]
    [InlineData("org//secret")]
    [InlineData("a\0b/c")]
    [InlineData("")]
    [InlineData(" ")]
    public void Names_do_not_leave_the_search_folders(string name)
    {
        Model("secret");
        Model("first", "x");
        NotFound(name);
    }

    [Fact]
    public void Reference_does_not_leave_the_hub_cache()
    {
        Model("secret");
        Directory.CreateDirectory(_folder.At("hub", "models--org--name", "snapshots"));
        _folder.Write("hub/models--org--name/refs/main", "../../../secret");
        Assert.Contains("names no snapshot", NotFound("org/name"), StringComparison.Ordinal);
    }

    [Fact]
    public void Linked_snapshot_is_read_with_its_real_files()
    {
        using var source = new ModelCopy("tiny-bert-cls");
        var blob = _folder.At("hub", "models--org--name", "blobs", "abc");
        var snapshot = _folder.At("hub", "models--org--name", "snapshots", Commit);
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        Directory.CreateDirectory(Path.GetDirectoryName(snapshot)!);
        File.Copy(Path.Combine(source.Folder, "model.safetensors"), blob);
        source.Delete("model.safetensors");
        File.CreateSymbolicLink(Path.Combine(source.Folder, "model.safetensors"), "../../blobs/abc");
        Directory.Move(source.Folder, snapshot);
        Directory.CreateDirectory(source.Folder);
        _folder.Write("hub/models--org--name/refs/main", Commit + "\n");

        var found = Find("org/name");
        var model = ModelFolder.Read(found.Folder, found.Id, found.Revision);
        Assert.Equal([RealPath.Of(blob)], model.Weights.Files);
        Assert.Equal(Commit, model.Revision);
    }

    [Fact]
    public void Model_that_is_nowhere_is_fetched_where_that_is_allowed()
    {
        var asked = new List<HubName>();
        var found = Check(new ModelLocator(Paths, name =>
        {
            asked.Add(name);
            Snapshot("org--name");
            return null;
        }).Find("org/name"));

        Assert.Equal(new ModelLocation("org/name", _folder.At("hub", "models--org--name", "snapshots", Commit), Commit), found);
        Assert.Equal([new HubName("org/name", null)], asked);
        Assert.Equal(found, Find("org/name"));
    }

    [Fact]
    public void Model_that_cannot_be_fetched_is_not_found_and_the_reason_is_said()
    {
        var error = Assert.Throws<BridgeException>(() => new ModelLocator(Paths, _ => "there is no such repository").Find("org/name"));

        Assert.Contains("the model hub: there is no such repository", error.Message, StringComparison.Ordinal);
        Assert.Contains("AKIDB_MODELS_DOWNLOAD=1", NotFound("org/name"), StringComparison.Ordinal);
    }

    [Fact]
    public void Snapshot_without_weights_is_passed_over()
    {
        var snapshot = Snapshot("sentence-transformers--all-MiniLM-L6-v2");
        File.Delete(Path.Combine(snapshot, "model.safetensors"));
        _folder.Write(Path.Combine(snapshot, "onnx", "model.onnx"), "");
        Assert.Equal(Model("embedded"), Find("all-MiniLM-L6-v2").Folder);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>What is found; the model that came along has its manifest beside it.</summary>
    private ModelLocation Location(string id, string folder, string? revision) =>
        new(id, folder, revision, folder == _folder.At("embedded") ? $"{folder}.manifest.json" : null);

    private ModelLocation Find(string model) => Check(new ModelLocator(Paths).Find(model));

    // The same for every model.
    private ModelLocation Check(ModelLocation found)
    {
        Assert.Equal(Paths.Converted, found.Converted);
        return found with { Converted = null };
    }

    private string NotFound(string model)
    {
        var error = Assert.Throws<BridgeException>(() => Find(model)).Error;
        Assert.Equal(BridgeErrorKind.UnknownModel, error.Kind);
        return error.Message;
    }

    private string Model(params string[] parts)
    {
        var folder = _folder.At(parts);
        _folder.Write(Path.Combine(Path.Combine(parts), "config.json"), "{}");
        return folder;
    }

    private string Snapshot(string name)
    {
        _folder.Write($"hub/models--{name}/refs/main", Commit);
        _folder.Write($"hub/models--{name}/snapshots/{Commit}/model.safetensors", "");
        return Model("hub", $"models--{name}", "snapshots", Commit);
    }
}
