using System.Globalization;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Doubles;

/// <summary>A worker that misbehaves in one way: an executable that stands where the host expects a Python interpreter.</summary>
internal sealed class WorkerDouble : IAsyncDisposable
{
    public const string AnotherProtocol = "another_protocol";
    public const string AnswersTwice = "answers_twice";
    public const string ClaimsToCompute = "claims_to_compute";
    public const string DiesAfterHello = "dies_after_hello";
    public const string DiesAtOnce = "dies_at_once";
    public const string DiesWhileLoading = "dies_while_loading";
    public const string FloodsStderr = "floods_stderr";
    public const string FloodsStderrForEver = "floods_stderr_for_ever";
    public const string FloodsUnknownIds = "floods_unknown_ids";
    public const string ForeignPid = "foreign_pid";
    public const string Garbage = "garbage";
    public const string GiantLength = "giant_length";
    public const string Grandchild = "grandchild";
    public const string HalfFrameThenExit = "half_frame_then_exit";
    public const string HalfFrameThenHang = "half_frame_then_hang";
    public const string HalfRowsThenExit = "half_rows_then_exit";
    public const string HalfRowsThenHang = "half_rows_then_hang";
    public const string Honest = "honest";
    public const string LosesBatches = "loses_batches";
    public const string Negates = "negates";
    public const string NeverHello = "never_hello";
    public const string Noise = "noise";
    public const string NotANumber = "not_a_number";
    public const string OneNotANumber = "one_not_a_number";
    public const string OtherModel = "other_model";
    public const string PreviousRows = "previous_rows";
    public const string PrintsAfterTakingStreams = "prints_after_taking_streams";
    public const string PrintsBeforeHello = "prints_before_hello";
    public const string ReadyWithWrongDimension = "ready_with_wrong_dimension";
    public const string RefusesOnce = "refuses_once";
    public const string Rotates = "rotates";
    public const string RowsWithWrongDimension = "rows_with_wrong_dimension";
    public const string TooLarge = "too_large";
    public const string Unstoppable = "unstoppable";
    public const string WrongId = "wrong_id";
    public const string WrongIdOnce = "wrong_id_once";
    public const string Zeros = "zeros";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-double-");

    public WorkerDouble(string behaviour)
    {
        Python.Require();
        Executable = Path.Combine(folder.FullName, behaviour);
        var scripts = Path.Combine(TestPaths.Repository, "tests", "AkiDb.Bridge.FunctionalTests", "Doubles");

        // The worker package is the one that travels with the host: the working folder that the host chose.
        // A double is started for each worker: what the host starts to fork them ends before it can be given an order.
        File.WriteAllText(
            Executable,
            $"""
            #!/bin/sh
            if [ "$2" = akidb_worker.fork_server ]; then echo 'A double forks no workers.' >&2; exit 1; fi
            export PYTHONPATH="$PWD" AKIDB_DOUBLE_FOLDER='{folder.FullName}'
            exec '{Python.WithTorch}' -B '{Path.Combine(scripts, "double.py")}' {behaviour} "$@"

            """);
        File.SetUnixFileMode(Executable, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The file that the host is told to start.</summary>
    public string Executable { get; }

    /// <summary>How many workers misbehave; those after them are good ones. All do by default.</summary>
    public int Times
    {
        init => File.WriteAllText(Path.Combine(folder.FullName, "times"), value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>What the misbehaviour needs to know.</summary>
    public string Words
    {
        init => File.WriteAllText(Path.Combine(folder.FullName, "words"), value);
    }

    /// <summary>A misbehaviour that waits for a word does it from now on.</summary>
    public void Go() => File.WriteAllText(Path.Combine(folder.FullName, "go"), "");

    /// <summary>What the double wrote down for the test, such as a process id; null until it did.</summary>
    public string? Note(string name) => Path.Combine(folder.FullName, name) is var file && File.Exists(file) ? File.ReadAllText(file) : null;

    public ValueTask DisposeAsync()
    {
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
