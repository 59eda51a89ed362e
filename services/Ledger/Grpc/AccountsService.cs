using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Statements;
using PayFlow.ServiceDefaults.Problems;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.Grpc;

/// <summary>Accounts with their limits and states, and statements. Translates; decides nothing.</summary>
internal sealed class AccountsService(CreateAccounts create, ChangeAccount change, GetStatement statements, IOptions<LedgerOptions> options) : Contract.Accounts.AccountsBase
{
    private const int LongestActor = 255;
    private const int LongestReason = 500;

    public override async Task<Contract.CreateAccountsResponse> CreateAccounts(Contract.CreateAccountsRequest request, ServerCallContext context)
    {
        var asked = LedgerService.OrRefuse(Read(request, options.Value.MaxTransfersPerRequest));
        var results = await create.HandleAsync(asked, context.CancellationToken);
        return new Contract.CreateAccountsResponse
        {
            Results = { asked.Zip(results, (account, result) => new Contract.AccountResult { Name = AccountNames.Write(account.Name), Code = (int)result, Reason = result.Code() }) },
        };
    }

    public override Task<Contract.Account> FreezeAccount(Contract.ChangeAccountRequest request, ServerCallContext context) => ChangeAsync(request, AccountAction.Freeze, context);

    public override Task<Contract.Account> UnfreezeAccount(Contract.ChangeAccountRequest request, ServerCallContext context) => ChangeAsync(request, AccountAction.Unfreeze, context);

    public override Task<Contract.Account> CloseAccount(Contract.ChangeAccountRequest request, ServerCallContext context) => ChangeAsync(request, AccountAction.Close, context);

    public override async Task GetStatement(Contract.GetStatementRequest request, IServerStreamWriter<Contract.StatementPart> responseStream, ServerCallContext context)
    {
        var ct = context.CancellationToken;
        var (name, range) = LedgerService.OrRefuse(Read(request));
        foreach (var statement in LedgerService.OrRefuse(await statements.HandleAsync(name, range, ct)))
        {
            await responseStream.WriteAsync(new() { Opening = new() { Shard = statement.Shard, EntryNumber = statement.After, Balance = statement.Opening } }, ct);
            await foreach (var entry in statements.EntriesAsync(statement, ct))
            {
                await responseStream.WriteAsync(
                    new() { Entry = new() { Number = entry.Number, IsDebit = entry.IsDebit, Balance = entry.Balance, Transfer = LedgerService.Write(entry.Listed) } }, ct);
            }

            await responseStream.WriteAsync(new() { Closing = new() { Shard = statement.Shard, EntryNumber = statement.Through, Balance = statement.Closing } }, ct);
        }
    }

    private async Task<Contract.Account> ChangeAsync(Contract.ChangeAccountRequest request, AccountAction action, ServerCallContext context)
    {
        var errors = new List<FieldError>();
        var name = AccountNames.Read(request.Account ?? new Contract.AccountName(), "account", errors);
        ReadText(request.Actor, "actor", LongestActor, errors);
        ReadText(request.Reason, "reason", LongestReason, errors);
        if (errors.Count > 0)
        {
            throw new RefusedException(Refusal.Invalid(errors));
        }

        return LedgerService.Write(LedgerService.OrRefuse(await change.HandleAsync(name, new AccountChange(action, request.Actor, request.Reason), context.CancellationToken)));
    }

    private static Result<IReadOnlyList<NewAccount>> Read(Contract.CreateAccountsRequest request, int max)
    {
        if (request.Accounts.Count == 0 || request.Accounts.Count > max)
        {
            return Refusal.Invalid([new FieldError("accounts", "out_of_range", $"Between 1 and {max} accounts are opened at once.")]);
        }

        var errors = new List<FieldError>();
        var accounts = request.Accounts
            .Select((account, index) => new NewAccount(
                AccountNames.Read(account.Name ?? new Contract.AccountName(), $"accounts[{index}].name", errors), account.Overdraft, account.HasCeiling ? account.Ceiling : null))
            .ToList();
        return errors.Count == 0 ? accounts : Refusal.Invalid(errors);
    }

    private static Result<(AccountName Name, StatementRange Range)> Read(Contract.GetStatementRequest request)
    {
        var errors = new List<FieldError>();
        var name = AccountNames.Read(request.Account ?? new Contract.AccountName(), "account", errors);
        if (request.Month != 0 && (request.From is not null || request.To is not null))
        {
            errors.Add(new FieldError("month", "contradiction", "Say a month, or from and to."));
        }

        var range = new StatementRange(ReadTime(request.From, "from", errors), ReadTime(request.To, "to", errors));
        if (request.Month != 0 && !StatementRange.OfMonth(request.Month).TryGet(out range, out var refusal))
        {
            errors.AddRange(refusal.Errors);
        }

        return errors.Count == 0 ? (name, range!) : Refusal.Invalid(errors);
    }

    private static DateTimeOffset? ReadTime(Timestamp? time, string at, List<FieldError> errors)
    {
        try
        {
            return time?.ToDateTimeOffset();
        }
        catch (InvalidOperationException)   // what protobuf throws for a time outside of its own calendar
        {
            errors.Add(new FieldError(at, "out_of_range", "Must be a time between the years 1 and 9999."));
            return null;
        }
    }

    private static void ReadText(string text, string at, int longest, List<FieldError> errors)
    {
        if (text.Length == 0 || text.Length > longest || text.Any(char.IsControl))
        {
            errors.Add(new FieldError(at, text.Length == 0 ? "required" : "malformed", $"Between 1 and {longest} characters, none of them control characters."));
        }
    }
}
