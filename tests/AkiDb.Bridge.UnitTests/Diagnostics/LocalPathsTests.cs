using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.UnitTests.Diagnostics;

public sealed class LocalPathsTests
{
    [Theory]
    [InlineData("The model '/srv/my models/tiny' is not served: '/srv/my models/tiny/config.json' does not exist.", "The model '.../tiny' is not served: '.../config.json' does not exist.")]
    [InlineData("/opt/venv/bin/python: No module named torch", ".../python: No module named torch")]
    [InlineData("  File \"/usr/lib/python3/queue.py\", line 3, in get", "  File \".../queue.py\", line 3, in get")]
    [InlineData("looked at ~/.cache/huggingface/hub (nothing)", "looked at .../hub (nothing)")]
    [InlineData(@"'C:\Program Files\Python\python.exe' does not exist", "'.../python.exe' does not exist")]
    [InlineData("could not open /models/", "could not open .../models")]
    [InlineData("sentence-transformers/all-MiniLM-L6-v2 is float32/int8; see /api/v1/status and '/readyz' on http://127.0.0.1:8080/health", "sentence-transformers/all-MiniLM-L6-v2 is float32/int8; see /api/v1/status and '/readyz' on http://127.0.0.1:8080/health")]
    [InlineData("", "")]
    public void Paths_go_and_the_rest_of_the_sentence_stays(string sentence, string hidden) => Assert.Equal(hidden, LocalPaths.Hide(sentence));
}
