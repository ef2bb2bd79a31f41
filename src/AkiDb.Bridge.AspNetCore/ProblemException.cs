namespace AkiDb.Bridge.AspNetCore;

/// <summary>A request that is refused for what it is as HTTP.</summary>
internal sealed class ProblemException(Problem problem, Exception? innerException = null) : Exception(problem.Detail, innerException)
{
    public Problem Problem { get; } = problem;
}
