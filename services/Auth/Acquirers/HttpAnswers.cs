using System.Net;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Auth.Acquirers;

/// <summary>What an acquirer's HTTP status says where its message says nothing; the same in every format of wire.</summary>
internal static class HttpAnswers
{
    /// <summary>An answer from which it can't be told what happened. Too many requests is the one status that says nothing was done; after any other the acquirer may have acted.</summary>
    public static AcquirerFailedException Unclear(string acquirer, HttpResponseMessage answer) => new(
        $"{acquirer} answered {(int)answer.StatusCode}.",
        outcomeUnknown: answer.StatusCode != HttpStatusCode.TooManyRequests)
    {
        RetryAfter = answer.Headers.RetryAfter?.Delta,
    };
}
