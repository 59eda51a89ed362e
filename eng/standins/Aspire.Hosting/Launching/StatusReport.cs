using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Launching;

/// <summary>What is running, for people and for programs.</summary>
internal static class StatusReport
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string Json(IReadOnlyList<ResourceRunner> processes, DateTimeOffset now) => JsonSerializer.Serialize(new
    {
        Pid = Environment.ProcessId,
        Resources = processes.Select(runner => new
        {
            runner.Name,
            State = runner.State.State.ToString(),
            runner.State.Healthy,
            runner.State.Reason,
            runner.State.Pid,
            runner.State.ExitCode,
            Addresses = Urls(runner.Resource).Where(url => url.Endpoint is not null).Select(url => url.Url),
            Seconds = (long)(now - runner.State.Since).TotalSeconds,
        }),
    }, SnakeCase);

    public static string Table(IReadOnlyList<ResourceRunner> processes, DateTimeOffset now)
    {
        string[][] rows = [["NAME", "STATE", "HEALTH", "PID", "SINCE", "ADDRESS"], .. processes.Select(runner => (string[])
        [
            runner.Name,
            runner.State.ExitCode is { } code ? $"{runner.State.State} ({code})" : runner.State.State.ToString(),
            Health(runner),
            runner.State.Pid?.ToString() ?? "",
            Duration(now - runner.State.Since),
            string.Join("  ", Urls(runner.Resource).Where(url => url.Endpoint is not null).Select(url => url.Url)),
        ])];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var table = new StringBuilder();
        foreach (var row in rows)
            table.AppendLine(string.Join("  ", row.Zip(widths, (cell, width) => cell.PadRight(width))).TrimEnd());
        return table.ToString().TrimEnd();
    }

    /// <summary>One line for each address worth knowing.</summary>
    public static IEnumerable<string> Addresses(IReadOnlyList<ResourceRunner> processes)
    {
        var shown = processes.SelectMany(runner => Urls(runner.Resource).Select(url => (runner.Name, url.Url, url.DisplayText))).ToArray();
        var width = shown.Max(line => line.Name.Length);
        return shown.Select(line => $"  {line.Name.PadRight(width)}  {line.Url}{(line.DisplayText is null ? "" : $"  {line.DisplayText}")}");
    }

    /// <summary>The addresses of a resource, as the AppHost wants them shown.</summary>
    public static IReadOnlyList<ResourceUrlAnnotation> Urls(IResource resource)
    {
        if (resource is not IResourceWithEndpoints owner)
            return [];
        List<ResourceUrlAnnotation> urls = [.. owner.Annotations.OfType<EndpointAnnotation>()
            .Select(endpoint => new EndpointReference(owner, endpoint.Name))
            .Select(endpoint => new ResourceUrlAnnotation { Url = endpoint.Url, Endpoint = endpoint })];
        foreach (var change in owner.Annotations.OfType<EndpointUrlAnnotation>())
            change.Change(urls, new EndpointReference(owner, change.EndpointName));
        return urls;
    }

    private static string Health(ResourceRunner runner) => runner.State switch
    {
        { State: ResourceState.Running, Healthy: true } => "healthy",
        { State: ResourceState.Running, Reason: { } reason } => $"unhealthy: {reason}",
        { State: ResourceState.Running } => "starting",
        { State: ResourceState.Finished } => "done",
        { Reason: { } reason } => reason,
        _ => "",
    };

    private static string Duration(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min" : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s" : $"{time.Seconds} s";
}
