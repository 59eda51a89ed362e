using PayFlow.Benchmarks;
using PayFlow.Demo;

Terminal.Prepare();

// eng/payflow bench create|ledger   (against the running system; start it with PAYFLOW_CONFIGURATION=Release)
return args switch
{
    ["create", .. var rest] => await CreatePayments.RunAsync(Settings.Read(rest)),
    ["ledger", .. var rest] => await LedgerTransfers.RunAsync(Settings.Read(rest), Settings.Number(rest, "--grow-to", 5_000_000)),
    ["serve-kestrel", var port] => await Baselines.ServeKestrelAsync(port),
    ["serve-yarp", var port, var target] => await Baselines.ServeYarpAsync(port, target),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: create [--seconds 10] [--warm-up 20] [--clients 64] [--only intake]\n       ledger [--seconds 10] [--warm-up 20] [--grow-to 5000000]");
    return 2;
}
