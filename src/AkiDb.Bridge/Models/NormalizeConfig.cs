namespace AkiDb.Bridge.Models;

/// <summary>Checks the <c>config.json</c> that sentence-transformers 6 writes for a normalisation; older versions write none.</summary>
internal static class NormalizeConfig
{
    public static void Check(string folder)
    {
        if (JsonFile.ReadObjectIfPresent(Path.Combine(folder, "config.json")) is { } config)
        {
            config.ExpectOnly("module_input_name", "module_output_name");
            config.Expect("module_input_name", "sentence_embedding");
            config.Expect("module_output_name", "sentence_embedding");
        }
    }
}
