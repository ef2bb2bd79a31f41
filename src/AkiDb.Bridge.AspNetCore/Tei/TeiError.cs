using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Tei;

/// <summary>The error object of text-embeddings-inference, <c>{"error", "error_type"}</c>, with its status codes.</summary>
internal static class TeiError
{
    public const string ContentType = "application/json";

    /// <summary>The code of a body that is no request: the sentence is all there is of the answer.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>The code of a request without inputs.</summary>
    public const string Empty = "empty";

    /// <summary>The code of what models of another kind would answer.</summary>
    public const string OtherKind = "other_kind";

    private const string PlainText = "text/plain; charset=utf-8";

    public static Task WriteAsync(HttpContext context, Problem problem)
    {
        ProblemHeaders.Set(context, problem);
        var sentence = ProblemHeaders.Sentence(context, problem);
        if (problem.Code == Unreadable)
        {
            context.Response.StatusCode = problem.Status;
            context.Response.ContentType = PlainText;
            return context.Response.WriteAsync(sentence, context.RequestAborted);
        }

        var (status, type) = KindOf(problem);
        return JsonText.AnswerAsync(
            context,
            status,
            writer =>
            {
                writer.WriteString("error", Prefix(type) + sentence);
                writer.WriteString("error_type", type);
                if (problem.Spaces is { } spaces)
                {
                    ProblemHeaders.WriteSpaces(writer, spaces);
                }
            },
            ContentType);
    }

    private static string Prefix(string type) => type switch
    {
        "Validation" or "Empty" => "Input validation error: ",
        "Backend" => "Backend error: ",
        _ => "",
    };

    private static (int Status, string Type) KindOf(Problem problem) => problem.Code switch
    {
        Empty => (StatusCodes.Status400BadRequest, "Empty"),
        ProblemCodes.BadInput or ProblemCodes.TooLong => (StatusCodes.Status422UnprocessableEntity, "Validation"),
        ProblemCodes.TooLarge => (StatusCodes.Status413PayloadTooLarge, "Validation"),
        ProblemCodes.Overloaded => (StatusCodes.Status429TooManyRequests, "Overloaded"),
        ProblemCodes.UnknownToken or ProblemCodes.PoisonInput or ProblemCodes.EngineFault or ProblemCodes.OutOfMemory or ProblemCodes.Internal or OtherKind =>
            (StatusCodes.Status424FailedDependency, "Backend"),
        ProblemCodes.NoEngine or ProblemCodes.BadModel or ProblemCodes.Stopping or ProblemCodes.TooManyConnections =>
            (StatusCodes.Status503ServiceUnavailable, "Unhealthy"),
        { } code => (problem.Status, code),
    };
}
