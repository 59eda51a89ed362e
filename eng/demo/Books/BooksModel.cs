using PayFlow.Contracts.Auth.V1;
using PayFlow.Contracts.Batch.V1;
using PayFlow.Contracts.Ledger.V1;
using PayFlow.Contracts.Reconciler.V1;

namespace PayFlow.Demo.Books;

/// <summary>Everything the parties have written down, read at about the same time. Amounts are minor units.</summary>
public sealed record BooksModel(
    IReadOnlyList<Payment> Payments,
    IReadOnlyList<Transfer> Transfers,
    IReadOnlyList<Account> Accounts,
    IReadOnlyList<TrialBalanceLine> TrialBalance,
    IReadOnlyList<Item> Items,
    IReadOnlyList<Record> Records,
    IReadOnlyList<ReconciliationException> Exceptions,
    IReadOnlyList<AcquirerAuthorization> Authorizations);

/// <summary>An authorization as an acquirer's own books have it.</summary>
public sealed record AcquirerAuthorization(
    string Acquirer, string Reference, string? ExternalId, string State, long Amount, string Currency, IReadOnlyList<AcquirerCapture> Captures,
    IReadOnlyList<AcquirerRefund> Refunds);

/// <summary>A capture as an acquirer's own books have it. <paramref name="Settled"/> counts what its reports have settled, duplicates included.</summary>
/// <param name="Debited">What its disputes took from our bank account.</param>
/// <param name="Credited">What they gave back.</param>
/// <param name="Returned">What the payer's bank took back.</param>
public sealed record AcquirerCapture(string Reference, string ExternalId, long Amount, long Settled, bool Voided = false, long Debited = 0, long Credited = 0, long Returned = 0);

/// <summary>A refund as an acquirer's own books have it; <paramref name="Settled"/> is what its reports have taken for it, above zero.</summary>
public sealed record AcquirerRefund(string Reference, string ExternalId, long Amount, long Settled);
