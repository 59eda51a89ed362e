using Microsoft.Extensions.Options;
using Npgsql;
using PayFlow.Fraud.Rules;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Fraud.Assessments;

/// <summary>
/// Scores payments and keeps what was decided. Many payments share a commit: their histories are read together, each is scored, new answers
/// are written and folded into the histories, and what is stored is what everyone gets.
/// </summary>
public sealed class AssessmentBook(Shards shards, IOptions<FraudOptions> options) : IAsyncDisposable
{
    private readonly GroupCommit<Candidate, Assessment> _commits =
        new((candidates, cancel) => CommitAsync(shards.All[0].Source, options.Value, candidates, cancel), new GroupCommitOptions());

    /// <summary>The stored answer: this one, or an earlier one to the same payment.</summary>
    public Task<Assessment> AssessAsync(Candidate candidate, CancellationToken cancel) => _commits.CommitAsync(candidate, cancel);

    public Task<Assessment?> FindAsync(Id paymentId, CancellationToken cancel) => AssessmentSql.FindAsync(shards.All[0].Source, paymentId, cancel);

    public ValueTask DisposeAsync() => _commits.DisposeAsync();

    private static async Task<IReadOnlyList<Assessment>> CommitAsync(
        NpgsqlDataSource source, FraudOptions options, IReadOnlyList<Candidate> candidates, CancellationToken cancel)
    {
        var histories = await HistorySql.ReadAsync(source, [.. candidates.SelectMany(candidate => HistoryKey.Of(candidate.Request))], cancel);
        var scored = candidates.DistinctBy(candidate => candidate.Request.PaymentId).Select(candidate => Score(candidate, histories, options)).ToList();
        var stored = await AssessmentSql.WriteAsync(source, scored, cancel);
        return [.. candidates.Select(candidate => stored[candidate.Request.PaymentId.Value])];
    }

    private static Scored Score(Candidate candidate, IReadOnlyDictionary<HistoryKey, AmountHistory> histories, FraudOptions options)
    {
        var ofCard = HistoryKey.OfCard(candidate.Request) is { } card ? histories.GetValueOrDefault(card) : default;
        var ofMerchant = histories.GetValueOrDefault(HistoryKey.OfMerchant(candidate.Request));
        return new Scored(candidate, RiskRules.Score(new RiskFacts(candidate.Request, candidate.Activity, ofCard, ofMerchant), options));
    }
}
