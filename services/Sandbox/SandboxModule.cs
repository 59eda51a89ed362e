using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using PayFlow.Sandbox.Authentications;
using PayFlow.Sandbox.Authorizations;
using PayFlow.Sandbox.BankAccounts;
using PayFlow.Sandbox.Batches;
using PayFlow.Sandbox.Books;
using PayFlow.Sandbox.Captures;
using PayFlow.Sandbox.Chaos;
using PayFlow.Sandbox.Disputes;
using PayFlow.Sandbox.Gateways;
using PayFlow.Sandbox.Notices;
using PayFlow.Sandbox.Refunds;
using PayFlow.ServiceDefaults;
using PayFlow.Storage;

namespace PayFlow.Sandbox;

/// <summary>The Sandbox: three acquirers with books of their own.</summary>
public static class SandboxModule
{
    public static void AddSandbox(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddShards(SandboxDatabase.Name, typeof(SandboxModule).Assembly, role: "payflow_sandbox");
        builder.AddValidatedOptions<SandboxOptions>(SandboxOptions.Section);
        builder.Services.AddSingleton<SandboxDatabase>();
        builder.Services.AddSingleton<AuthorizationBook>();
        builder.Services.AddSingleton<CaptureBook>();
        builder.Services.AddSingleton<CaptureVoidBook>();
        builder.Services.AddSingleton<RefundBook>();
        builder.Services.AddSingleton<BatchBook>();
        builder.Services.AddSingleton<DisputeBook>();
        builder.Services.AddSingleton<ReturnBook>();
        builder.Services.AddSingleton<ChaosSwitches>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ChaosSwitches>());
    }

    public static void MapSandbox(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var options = app.Services.GetRequiredService<IOptions<SandboxOptions>>().Value;
        var acquirer = app.MapGroup("/acquirers/{acquirer}");
        var calls = acquirer.MapGroup("").AddEndpointFilter<ChaosFilter>();
        calls.MapPost("/authorizations", Authorize.HandleAsync);
        calls.MapGet("/authorizations", InquireAuthorization.HandleAsync);
        calls.MapGet("/authorizations/journal", ListAuthorizations.HandleAsync);
        calls.MapPost("/reversals", ReverseAuthorization.HandleAsync);
        calls.MapPost("/captures", CaptureAuthorization.HandleAsync);
        calls.MapGet("/captures", InquireCapture.HandleAsync);
        calls.MapPost("/capture-voids", VoidCapture.HandleAsync);
        calls.MapGet("/capture-voids", InquireCaptureVoid.HandleAsync);
        calls.MapPost("/refunds", RefundCaptured.HandleAsync);
        calls.MapGet("/refunds", InquireRefund.HandleAsync);
        calls.MapPost("/batches", SubmitBatch.HandleAsync).WithMetadata(new RequestSizeLimitAttribute(options.MaxBatchBytes));
        calls.MapGet("/batches/{batchKey}/report", GetReport.HandleAsync);
        calls.MapPost("/gateway", Gateway.HandleAsync);
        calls.MapGet("/notices", ListNotices.HandleAsync);
        acquirer.MapPost("/disputes", OpenDispute.HandleAsync);
        acquirer.MapPost("/disputes/{id}/close", CloseDispute.HandleAsync);
        acquirer.MapGet("/books", StreamBooks.Handle);
        acquirer.MapGet("/books/summary", StreamBooks.SummarizeAsync);

        var acs = app.MapGroup("/acs");
        acs.MapPost("/authentications", Authenticate.HandleAsync);
        acs.MapGet("/authentications", Authenticate.InquireAsync);
        acs.MapGet("/challenges/{id}", Challenge.ShowAsync);
        acs.MapPost("/challenges/{id}", Challenge.DecideAsync).DisableAntiforgery();

        app.MapGet("/chaos", GetChaos.Handle);
        app.MapPut("/chaos", ChangeChaos.HandleAsync);
        app.MapDelete("/chaos", ChangeChaos.CalmAsync);
    }
}
