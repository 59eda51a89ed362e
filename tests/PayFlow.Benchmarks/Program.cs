using PayFlow.Benchmarks;
using PayFlow.Demo;

Terminal.Prepare();

// eng/payflow bench create   (against the running system; start it with PAYFLOW_CONFIGURATION=Release)
return args switch
{
    ["create", .. var rest] => await CreatePayments.RunAsync(Settings.Read(rest)),
    ["serve-kestrel", var port] => await Baselines.ServeKestrelAsync(port),
    ["serve-yarp", var port, var target] => await Baselines.ServeYarpAsync(port, target),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: create [--seconds 10] [--warm-up 20] [--clients 64] [--only intake]");
    return 2;
}
