using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Yarp.ReverseProxy.Configuration;

namespace PayFlow.Benchmarks;

/// <summary>What the numbers are held against: a web server that does nothing, a proxy in front of it, and the database alone.</summary>
internal static partial class Baselines
{
    // About as long as the answer to a created payment.
    private static readonly byte[] Answer = [.. "{\"object\":\"payment\",\"filler\":\""u8, .. Enumerable.Repeat((byte)'x', 900), .. "\"}"u8];

    private const string PgbenchDatabase = "payflow_pgbench";

    public static async Task<int> ServeKestrelAsync(string port)
    {
        await using var app = Build(port);
        app.MapPost("/v1/payments", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            context.Response.StatusCode = StatusCodes.Status201Created;
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(Answer);
        });
        await app.RunAsync();
        return 0;
    }

    public static async Task<int> ServeYarpAsync(string port, string target)
    {
        await using var app = Build(port, services => services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "kestrel", Match = new RouteMatch { Path = "/{**path}" } }],
            [new ClusterConfig { ClusterId = "kestrel", Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = target } } }]));
        app.MapReverseProxy();
        await app.RunAsync();
        return 0;
    }

    /// <summary>This program again, as a server in a process of its own; killed when disposed.</summary>
    public static async Task<ServerProcess> StartAsync(Uri address, params string[] arguments)
    {
        var server = new ServerProcess(Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments))!);
        using var http = new HttpClient();
        for (var i = 0; i < 100; i++)
        {
            try
            {
                using var answer = await http.GetAsync(address);
                return server;
            }
            catch (HttpRequestException) when (i < 99)
            {
                await Task.Delay(100);
            }
        }

        throw new InvalidOperationException($"{string.Join(' ', arguments)} did not start.");
    }

    /// <summary>
    /// pgbench on the system's own Postgres, in a database of its own: its simple update (-N: an UPDATE, a SELECT and an INSERT in one transaction), and single-row
    /// INSERTs, each its own commit.
    /// </summary>
    public static async Task<IReadOnlyList<Measurement>> PgbenchAsync(Settings settings)
    {
        var connection = new NpgsqlConnectionStringBuilder(settings.Postgres);
        await using (var source = NpgsqlDataSource.Create(settings.Postgres))
        {
            await using var drop = source.CreateCommand($"DROP DATABASE IF EXISTS {PgbenchDatabase}");
            await drop.ExecuteNonQueryAsync();
            await using var create = source.CreateCommand($"CREATE DATABASE {PgbenchDatabase}");
            await create.ExecuteNonQueryAsync();
        }

        await RunPgbenchAsync(connection, "-i", "-q", "-s", "50");
        connection.Database = PgbenchDatabase;
        await using (var source = NpgsqlDataSource.Create(connection))
        {
            await using var create = source.CreateCommand("CREATE TABLE bench_rows (id uuid PRIMARY KEY, payload text NOT NULL)");
            await create.ExecuteNonQueryAsync();
        }

        var script = Path.Combine(Path.GetTempPath(), $"payflow-bench-{Environment.ProcessId}.sql");
        await File.WriteAllTextAsync(script, "INSERT INTO bench_rows VALUES (gen_random_uuid(), repeat('x', 400));\n");
        var measured = new[]
        {
            await PgbenchAsync("pgbench -N", settings, connection, "-N"),
            await PgbenchAsync("pgbench: single-row INSERT commits", settings, connection, "-n", "-f", script),
        };
        File.Delete(script);
        return measured;
    }

    private static async Task<Measurement> PgbenchAsync(string name, Settings settings, NpgsqlConnectionStringBuilder connection, params string[] what)
    {
        string[] load = ["-M", "prepared", "-c", "64", "-j", "2", "-T", settings.Duration.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)];
        var output = await RunPgbenchAsync(connection, [.. what, .. load]);
        var tps = Tps().Match(output) is { Success: true } match ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"pgbench did not say how fast it was: {output}");
        var average = double.Parse(Average().Match(output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return new Measurement($"{name}, 64 clients", tps, average, 0, 0, 0, null, []);
    }

    private static async Task<string> RunPgbenchAsync(NpgsqlConnectionStringBuilder server, params string[] arguments)
    {
        string[] where = ["-h", server.Host!, "-p", server.Port.ToString(CultureInfo.InvariantCulture), "-U", server.Username!, PgbenchDatabase];
        var start = new ProcessStartInfo(Pgbench(), [.. arguments, .. where]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PGPASSWORD"] = server.Password;
        using var pgbench = Process.Start(start)!;
        var errors = pgbench.StandardError.ReadToEndAsync();
        var output = await pgbench.StandardOutput.ReadToEndAsync();
        await pgbench.WaitForExitAsync();
        return pgbench.ExitCode == 0 ? output : throw new InvalidOperationException($"pgbench failed: {await errors}");
    }

    private static string Pgbench() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin", "pgbench")).FirstOrDefault(File.Exists) ?? "pgbench"
        : "pgbench";

    private static WebApplication Build(string port, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        configure?.Invoke(builder.Services);
        return builder.Build();
    }

    [GeneratedRegex(@"tps = ([0-9.]+)")]
    private static partial Regex Tps();

    [GeneratedRegex(@"latency average = ([0-9.]+)")]
    private static partial Regex Average();

    internal sealed class ServerProcess(Process process) : IDisposable
    {
        public void Dispose()
        {
            process.Kill();
            process.Dispose();
        }
    }
}
