using PayFlow.Demo;
using PayFlow.Demo.Books;
using Spectre.Console;

Terminal.Prepare();

var addresses = Addresses.FromEnvironment();
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

return args switch
{
    [] or ["day"] => await DemoDay.RunAsync(addresses, AnsiConsole.Console, stop.Token),
    ["check"] => await CheckAsync(),
    ["verify-ledger"] => await VerifyLedger.RunAsync(addresses, AnsiConsole.Console, stop.Token),
    _ => Usage(),
};

async Task<int> CheckAsync()
{
    using var reader = new BooksReader(addresses);
    var agreement = await Agreement.WaitAsync(reader, [], patience: TimeSpan.FromSeconds(30), TimeProvider.System, stop.Token);
    Report.Write(AnsiConsole.Console, agreement);
    return agreement.Holds ? 0 : 1;
}

static int Usage()
{
    Console.Error.WriteLine("Usage: PayFlow.Demo [day|check|verify-ledger]   (eng/payflow demo runs it with the addresses of the running system)");
    return 2;
}
