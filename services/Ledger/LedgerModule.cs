using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Chain;
using PayFlow.Ledger.Continuity;
using PayFlow.Ledger.Exchange;
using PayFlow.Ledger.Grpc;
using PayFlow.Ledger.Journals;
using PayFlow.Ledger.Partitions;
using PayFlow.Ledger.Periods;
using PayFlow.Ledger.Rest;
using PayFlow.Ledger.Slots;
using PayFlow.Ledger.Statements;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.TrialBalances;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults;
using PayFlow.Storage;

namespace PayFlow.Ledger;

/// <summary>Double entry: what everybody has and owes, from what happened and from what is asked for.</summary>
public static class LedgerModule
{
    internal const string Database = "ledger";

    public static void AddLedger(this WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults("ledger");
        builder.AddShards(Database, typeof(LedgerModule).Assembly, role: "payflow_ledger");
        builder.AddEventConsumer<LedgerConsumer>(LedgerConsumer.Name, Database, LedgerConsumer.Consumed);

        builder.AddValidatedOptions<LedgerOptions>("Ledger");
        builder.AddChain();
        builder.Services.AddSingleton<TransferStore>().AddSingleton<BatchTelemetry>().AddSingleton<InterShardTransfers>().AddSingleton<CreateTransfers>().AddSingleton<ListTransfers>().AddSingleton<PreviewPayment>();
        builder.AddValidatedOptions<ExchangeOptions>("Ledger:Exchange");
        builder.Services.AddSingleton<ClosedAccounts>().AddHostedService<ExpirySweep>();
        builder.Services.AddSingleton<CreateAccounts>().AddSingleton<ChangeAccount>().AddSingleton<GetStatement>();
        builder.Services.AddSingleton<IRateSource, ConfiguredRates>().AddSingleton<QuoteExchange>().AddSingleton<ExecuteQuote>().AddSingleton<RequestTransfer>();
        builder.Services.AddSingleton<ListAccounts>().AddSingleton<GetTrialBalance>();
        builder.Services.AddSingleton<GetPeriod>().AddSingleton<ClosePeriod>();
        builder.Services.AddHostedService<InterShardSweep>();
        builder.AddContinuity();
        builder.AddPartitions();
        builder.AddSlots();
    }

    public static void UseLedger(this WebApplication app)
    {
        app.UseServiceDefaults();
        app.MapDefaultEndpoints();
        app.MapMessagingEndpoints();
        app.MapGrpcService<LedgerService>();
        app.MapGrpcService<AccountsService>();
        app.MapGrpcService<ExchangesService>();
        app.MapGrpcService<OperationService>();
        app.MapContinuity();
        app.MapPeriods();
        app.MapGrpcService<LedgerChainService>();
        app.MapChain();
        app.MapAccounts();
        app.MapTransfers();
        app.MapExchanges();
        app.MapAdministration();
        app.MapPartitions();
        app.MapSlots();
    }
}
