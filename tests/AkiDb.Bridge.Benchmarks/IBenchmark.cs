namespace AkiDb.Bridge.Benchmarks;

/// <summary>One command of the benchmark program.</summary>
internal interface IBenchmark
{
    /// <summary>What is typed to run it.</summary>
    string Name { get; }

    /// <summary>What it measures, in a line.</summary>
    string Summary { get; }

    /// <summary>Runs it and prints its table.</summary>
    /// <param name="arguments">What was typed behind the name.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    Task RunAsync(string[] arguments, CancellationToken cancellationToken);
}
