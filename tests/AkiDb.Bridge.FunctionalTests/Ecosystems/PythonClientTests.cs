using System.Diagnostics;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Ecosystems;

/// <summary>The ecosystems' own clients for Python against the program. The newest Python has them (<c>scripts/newest-python</c>).</summary>
[Trait("Python", "every")]
public sealed class PythonClientTests(PlainOnnxHost shared) : IClassFixture<PlainOnnxHost>
{
    [Theory]
    [InlineData("openai_client.py", "openai")]
    [InlineData("ollama_client.py", "ollama")]
    [InlineData("huggingface_client.py", "huggingface_hub")]
    public async Task Client_for_Python_gets_the_reference_vectors_and_its_own_errors(string script, string package)
    {
        Python.Require();
        Assert.SkipUnless(Python.Has(package), $"This Python has no {package}; the newest one has it.");

        await ClientScript.RunAsync(new ProcessStartInfo(Python.WithTorch!, [ClientScript.PathOf(script)]), ClientScript.CheckOf(shared.Running));
    }
}
