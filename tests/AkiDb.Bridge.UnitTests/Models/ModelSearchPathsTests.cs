using AkiDb.Bridge.MiniLM;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class ModelSearchPathsTests
{
    [Theory]
    [InlineData("", "/home/me/.cache/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME=/xdg", "/xdg/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME=/xdg,HF_HOME=/hf/", "/hf/hub")]
    [InlineData("HF_HOME=~/hf", "/home/me/hf/hub")]
    [InlineData("HF_HOME=/hf,HF_HUB_CACHE=/cache", "/cache")]
    [InlineData("HF_HOME= ,HF_HUB_CACHE=", "/home/me/.cache/huggingface/hub")]
    public void Hub_cache_is_where_the_hub_library_has_it(string variables, string expected) =>
        Assert.Equal(expected, From(variables).HubCache);

    [Fact]
    public void Models_path_may_name_several_folders() =>
        Assert.Equal(["/a", "/home/me/b"], From($"AKIDB_MODELS_PATH=/a/{Path.PathSeparator}~/b{Path.PathSeparator}").ModelFolders);

    [Fact]
    public void Defaults_are_AkiDBs_cache_and_the_embedded_model()
    {
        var paths = From("");
        Assert.Empty(paths.ModelFolders);
        Assert.Equal("/home/me/.cache/akidb/models", paths.AkiDbCache);
        Assert.Equal(EmbeddedMiniLM.FolderPath, paths.EmbeddedFolder);
    }

    [Fact]
    public void Embedded_model_beside_the_program_is_found_and_readable()
    {
        var paths = From("") with { Home = "/none", AkiDbCache = "/none/akidb", HubCache = "/none/hub" };
        var found = new ModelLocator(paths).Find("all-MiniLM-L6-v2");
        Assert.Equal(256, ModelFolder.Read(found.Folder, found.Id, found.Revision).MaxTokens);
    }

    private static ModelSearchPaths From(string variables)
    {
        var values = variables.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return ModelSearchPaths.From(name => values.GetValueOrDefault(name), "/home/me");
    }
}
