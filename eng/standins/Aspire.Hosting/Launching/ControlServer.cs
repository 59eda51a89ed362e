using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Launching;

/// <summary>
/// HTTP on a unix socket that this user alone can open: <c>curl --unix-socket .payflow/local/control.sock http://payflow/status</c>.
/// Answers are one line of JSON, or text for a terminal where the request says <c>Accept: text/plain</c>.
/// </summary>
internal sealed class ControlServer(WebApplication server, string socket) : IAsyncDisposable
{
    public static async Task<ControlServer> StartAsync(Launcher launcher, CancellationToken cancel)
    {
        var socket = launcher.Plan.ControlSocket;
        File.Delete(socket);

        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket));
        builder.Services.AddRoutingCore();
        var server = builder.Build();
        server.Use(Refusals);
        Map(server, launcher);
        await server.StartAsync(cancel);
        File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new(server, socket);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        File.Delete(socket);
    }

    private static void Map(WebApplication server, Launcher launcher)
    {
        server.MapGet("/status", context => context.Response.WriteAsync(context.Request.Headers.Accept == "text/plain"
            ? StatusReport.Table(launcher.Processes, TimeProvider.System.GetUtcNow())
            : StatusReport.Json(launcher.Processes, TimeProvider.System.GetUtcNow())));

        // 200 everything is up; 503 not yet; 500 something has ended that should run.
        server.MapGet("/ready", context =>
        {
            var unwell = launcher.Processes.Where(runner => !runner.State.IsWell).ToArray();
            context.Response.StatusCode = unwell.Length == 0 ? 200 : unwell.Any(runner => runner.State.IsOver) ? 500 : 503;
            return context.Response.WriteAsync(string.Join(' ', unwell.Select(runner => runner.Name)));
        });

        server.MapPost("/stop", context =>
        {
            launcher.RequestStop();
            return context.Response.WriteAsync("stopping");
        });

        server.MapPost("/start", async context =>
        {
            var down = launcher.Runners.Where(runner => runner.State.IsOver && runner.State.State != ResourceState.Finished).ToArray();
            foreach (var runner in down)
                launcher.Begin(runner);
            await context.Response.WriteAsync(down.Length == 0 ? "nothing is down" : "starting " + string.Join(", ", down.Select(runner => runner.Name)));
        });

        server.MapPost("/resources/{name}/start", context =>
        {
            var runner = Find(launcher, context);
            launcher.Begin(runner);
            return context.Response.WriteAsync($"{runner.Name} starts");
        });

        server.MapPost("/resources/{name}/kill", async context =>
        {
            var runner = Find(launcher, context);
            var pid = runner.State.Pid;
            runner.Kill();
            await runner.When(now => now.IsOver, context.RequestAborted);
            await context.Response.WriteAsync($"{runner.Name} is dead (it was pid {pid})");
        });

        server.MapPost("/resources/{name}/commands/{command}", async context =>
        {
            var runner = Find(launcher, context);
            var commands = Commands(runner).ToArray();
            var command = Array.Find(commands, command => command.Name == Route(context, "command"))
                ?? throw new LauncherException($"{runner.Name} has no such command. It has: {(commands.Length == 0 ? "none" : string.Join(", ", commands.Select(other => other.Name)))}.");
            await RunAsync(context, [(runner, command)]);
        });

        // The same command of every resource that has it.
        server.MapPost("/commands/{command}", context => RunAsync(context, [.. launcher.Processes
            .SelectMany(runner => Commands(runner).Select(command => (runner, command)))
            .Where(pair => pair.command.Name == Route(context, "command"))]));

        server.MapGet("/endpoints/{name}/{endpoint}", context => context.Response.WriteAsync(
            StatusReport.Urls(Find(launcher, context).Resource).FirstOrDefault(url => url.Endpoint?.EndpointName == Route(context, "endpoint"))?.Url
            ?? throw new LauncherException($"{Route(context, "name")} has no endpoint '{Route(context, "endpoint")}'.")));

        server.MapGet("/parameters/{name}", async context =>
        {
            var parameter = launcher.Plan.Parameters.FirstOrDefault(parameter => parameter.Name == Route(context, "name"))
                ?? throw new LauncherException($"There is no parameter '{Route(context, "name")}'.");
            await context.Response.WriteAsync(await parameter.GetValueAsync(context.RequestAborted) ?? "");
        });
    }

    private static IEnumerable<HttpCommandAnnotation> Commands(ResourceRunner runner) => runner.Resource.Annotations.OfType<HttpCommandAnnotation>();

    /// <summary>Runs commands one after the other; one that fails does not keep the others from running.</summary>
    private static async Task RunAsync(HttpContext context, IReadOnlyList<(ResourceRunner Runner, HttpCommandAnnotation Command)> commands)
    {
        List<string> lines = [];
        var failed = commands.Count == 0;
        foreach (var (runner, command) in commands)
        {
            var (success, answer) = await SendAsync(runner, command, context.RequestAborted);
            failed |= !success;
            lines.Add($"{runner.Name} {command.Name}: {answer}");
        }
        context.Response.StatusCode = failed ? 502 : 200;
        await context.Response.WriteAsync(lines.Count == 0 ? "nothing has that command" : string.Join('\n', lines));
    }

    private static async Task<(bool Success, string Answer)> SendAsync(ResourceRunner runner, HttpCommandAnnotation command, CancellationToken cancel)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(command.Options.Method ?? HttpMethod.Post, new Uri(new Uri(command.Endpoint.Url), command.Path));
        try
        {
            if (command.Options.PrepareRequest is { } prepare)
                await prepare(new() { ResourceName = runner.Name, Endpoint = command.Endpoint, CancellationToken = cancel, HttpClient = client, Request = request });
            using var response = await client.SendAsync(request, cancel);
            var body = await response.Content.ReadAsStringAsync(cancel);
            return (response.IsSuccessStatusCode, $"{(int)response.StatusCode} {body}".TrimEnd());
        }
        catch (HttpRequestException away)
        {
            return (false, away.Message);
        }
    }

    private static string? Route(HttpContext context, string name) => (string?)context.GetRouteValue(name);

    private static ResourceRunner Find(Launcher launcher, HttpContext context) =>
        launcher.Processes.FirstOrDefault(runner => runner.Name == Route(context, "name"))
        ?? throw new LauncherException($"There is no '{Route(context, "name")}'. There are: {string.Join(", ", launcher.Processes.Select(runner => runner.Name))}.");

    private static async Task Refusals(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (LauncherException refusal)
        {
            context.Response.StatusCode = 409;
            await context.Response.WriteAsync(refusal.Message);
        }
    }
}
