using System.Net.Http.Json;
using System.Text.Json;
using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Reconciler.Notices;

/// <summary>A page of an acquirer's feed.</summary>
internal sealed record NoticePage(IReadOnlyList<Notice> Notices, bool HasMore);

/// <summary>Asks acquirers for their notices.</summary>
internal sealed class NoticeFeeds(IHttpClientFactory clients, AcquirerPipelines acquirers)
{
    private static readonly AcquirerCall Call = new();   // reading changes nothing: repeatable

    /// <summary>What comes after a number.</summary>
    /// <exception cref="AcquirerFailedException">Nothing came.</exception>
    /// <exception cref="FormatException">What came is no feed, or skips a number: nothing of it may be taken, or something would be passed over for good.</exception>
    public async Task<NoticePage> ReadAsync(string acquirer, long after, int limit, CancellationToken ct) => await acquirers.For(acquirer).ExecuteAsync(
        async attempt =>
        {
            using var http = clients.CreateClient("sandbox");
            using var answer = await http.GetAsync(FormattableString.Invariant($"acquirers/{acquirer}/notices?after={after}&limit={limit}"), attempt);
            answer.EnsureSuccessStatusCode();
            return Read(acquirer, after, await answer.Content.ReadAsStringAsync(attempt));
        },
        Call, ct);

    internal static NoticePage Read(string acquirer, long after, string text)
    {
        try
        {
            var page = JsonSerializer.Deserialize<PageBody>(text, ApiJson.Options) ?? throw new FormatException($"{acquirer} answered nothing.");
            var notices = page.Data.Select(notice => new Notice(acquirer, notice.Sequence, notice.Type, notice.OccurredAt, notice.Data.GetRawText())).ToList();
            return notices.Select((notice, i) => notice.Sequence == after + i + 1).All(follows => follows)
                ? new NoticePage(notices, page.HasMore)
                : throw new FormatException($"The feed of {acquirer} after {after} goes on with {string.Join(", ", notices.Select(notice => notice.Sequence))}: a number is missing.");
        }
        catch (JsonException malformed)
        {
            throw new FormatException($"What {acquirer} answered is no feed of notices: {malformed.Message}", malformed);
        }
    }

    private sealed record PageBody
    {
        public required IReadOnlyList<NoticeBody> Data { get; init; }

        public required bool HasMore { get; init; }
    }

    private sealed record NoticeBody
    {
        public required long Sequence { get; init; }

        public required string Type { get; init; }

        public required DateTimeOffset OccurredAt { get; init; }

        public required JsonElement Data { get; init; }
    }
}
