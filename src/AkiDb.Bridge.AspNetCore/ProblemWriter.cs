using System.Text.Json;
using AkiDb.Bridge.AspNetCore.OpenAi;
using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>Writes errors where no ecosystem has a shape of its own: as a problem, and for OpenAI's clients, which may come to any path, with their member beside it.</summary>
/// <remarks>Not through <see cref="IProblemDetailsService"/>, which stays silent when the caller's <c>Accept</c> names no JSON.</remarks>
internal static class ProblemWriter
{
    public const int LongestDetail = 2_000;

    public static Task WriteAsync(HttpContext context, Problem problem)
    {
        ProblemHeaders.Set(context, problem);
        var sentence = ProblemHeaders.Sentence(context, problem);
        return JsonText.AnswerAsync(
            context,
            problem.Status,
            writer =>
            {
                Write(writer, problem, sentence);
                if (OpenAiPaths.Has(context.Request.Path))
                {
                    OpenAiError.Write(writer, problem, problem.Status, sentence);
                }
            },
            "application/problem+json");
    }

    /// <summary>Gives an error that the application left without a body its sentence: an unknown route, as a rule.</summary>
    public static Task WriteIfEmptyAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.StatusCode is < StatusCodes.Status400BadRequest or StatusCodes.Status499ClientClosedRequest || response.ContentType is not null || response.ContentLength is > 0)
        {
            return Task.CompletedTask;
        }

        // The server reads on for a while behind the answer, but not a body that is over its limit.
        BodyReader.TakeLimit(context);
        var path = ForeignText.Shorten(context.Request.Path.ToString());
        return WriteAsync(context, response.StatusCode switch
        {
            StatusCodes.Status404NotFound => new Problem(
                response.StatusCode,
                ProblemCodes.NotFound,
                OpenAiPaths.Has(context.Request.Path) ? OpenAiPaths.Explain(context.Request.Path) : $"There is no route '{path}' here. Embeddings come from POST /api/v1/embed; the README lists all routes."),
            StatusCodes.Status405MethodNotAllowed => new Problem(
                response.StatusCode, ProblemCodes.MethodNotAllowed, $"'{path}' does not take {ForeignText.Shorten(context.Request.Method)}."),
            >= StatusCodes.Status500InternalServerError => new Problem(response.StatusCode, ProblemCodes.Internal, "The request could not be answered; the log of the host says more."),
            _ => new Problem(response.StatusCode, ProblemCodes.BadRequest, "The request was refused."),
        });
    }

    /// <summary>The members of an error, into an object.</summary>
    public static void Write(Utf8JsonWriter writer, Problem problem, string sentence)
    {
        writer.WriteString("type", "about:blank");
        writer.WriteString("title", ReasonPhrases.GetReasonPhrase(problem.Status));
        writer.WriteNumber("status", problem.Status);

        writer.WriteString("detail", sentence);
        writer.WriteString("code", problem.Code);
        if (problem.InputIndex is { } index)
        {
            writer.WriteNumber("input", index);
        }

        if (problem.Spaces is { } spaces)
        {
            ProblemHeaders.WriteSpaces(writer, spaces);
        }
    }
}
