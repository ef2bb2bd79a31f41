using System.Runtime.InteropServices;
using System.Text;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>What became of a program that has run to its end.</summary>
/// <param name="ExitCode">Its exit code; 128 and more when a signal has ended it.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record ProgramRun(int ExitCode, byte[] Output, string Errors)
{
    public string OutputText => Encoding.UTF8.GetString(Output);

    public float[] Floats => MemoryMarshal.Cast<byte, float>(Output).ToArray();

    /// <summary>Fails with what it has said unless it has succeeded.</summary>
    public ProgramRun Succeeded()
    {
        Assert.True(ExitCode == 0, $"It ended with {ExitCode}. {Errors}");
        return this;
    }
}
