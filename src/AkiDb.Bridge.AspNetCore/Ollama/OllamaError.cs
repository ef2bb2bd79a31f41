using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Ollama;

/// <summary>Ollama's error object: one member, <c>error</c>.</summary>
internal static class OllamaError
{
    public const string ContentType = "application/json; charset=utf-8";

    public static Task WriteAsync(HttpContext context, Problem problem)
    {
        ProblemHeaders.Set(context, problem);
        var sentence = ProblemHeaders.Sentence(context, problem);
        return JsonText.AnswerAsync(
            context,
            StatusOf(problem),
            writer =>
            {
                writer.WriteString("error", problem.Code == ProblemCodes.UnknownModel ? $"model not found: {sentence}" : sentence);
                if (problem.Spaces is { } spaces)
                {
                    writer.WriteString("code", problem.Code);
                    ProblemHeaders.WriteSpaces(writer, spaces);
                }
            },
            ContentType);
    }

    // Its own server says so when its queue is full, and that a text is too long as of anything wrong in a request.
    private static int StatusOf(Problem problem) => problem.Code switch
    {
        ProblemCodes.Overloaded => StatusCodes.Status503ServiceUnavailable,
        ProblemCodes.TooLong => StatusCodes.Status400BadRequest,
        _ => problem.Status,
    };
}
