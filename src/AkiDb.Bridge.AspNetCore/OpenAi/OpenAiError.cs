using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.OpenAi;

/// <summary>OpenAI's error object, with its types and codes.</summary>
internal static class OpenAiError
{
    public const string ContentType = "application/json";

    public static Task WriteAsync(HttpContext context, Problem problem)
    {
        ProblemHeaders.Set(context, problem);
        var status = problem.Code == ProblemCodes.TooLong ? StatusCodes.Status400BadRequest : problem.Status;
        if (problem.Spaces is not null)
        {
            // OpenAI's clients try a 409 again, which changes nothing here.
            context.Response.Headers["x-should-retry"] = "false";
        }

        return JsonText.AnswerAsync(context, status, writer => Write(writer, problem, status, ProblemHeaders.Sentence(context, problem)), ContentType);
    }

    /// <summary>The member that its clients read: they show nothing of an error without it.</summary>
    public static void Write(Utf8JsonWriter writer, Problem problem, int status, string sentence)
    {
        writer.WriteStartObject("error");
        writer.WriteString("message", sentence.Replace("inputs[", "input[", StringComparison.Ordinal));
        writer.WriteString("type", TypeOf(status));
        writer.WriteString("param", ParamOf(problem));
        writer.WriteString("code", CodeOf(problem));
        if (problem.Spaces is { } spaces)
        {
            ProblemHeaders.WriteSpaces(writer, spaces);
        }

        writer.WriteEndObject();
    }

    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= StatusCodes.Status500InternalServerError => "server_error",
        _ => "invalid_request_error",
    };

    private static string? ParamOf(Problem problem) => problem.InputIndex is null ? problem.Member : "input";

    private static string? CodeOf(Problem problem) => problem.Code switch
    {
        ProblemCodes.BadInput => null,
        ProblemCodes.UnknownModel => "model_not_found",
        ProblemCodes.TooLong => "context_length_exceeded",
        ProblemCodes.Overloaded => "rate_limit_exceeded",
        ProblemCodes.Unauthorized => "invalid_api_key",
        { } code => code,
    };
}
