using System.Collections.Concurrent;
using System.Diagnostics;
using PayFlow.Messaging.IntegrationTests.Support;
using PayFlow.Messaging.TestHost;
using PayFlow.Testing;
using Xunit;
using Xunit.Abstractions;

namespace PayFlow.Messaging.IntegrationTests;

public sealed class TraceTests(ITestOutputHelper output)
{
    private readonly Random _random = Seeds.Next(output);

    [Fact]
    public async Task Traces_GoOnThroughOutboxKafkaAndConsumer_AlsoWhenABatchMixesThem()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is MessagingTelemetry.Name or "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync();
        var batches = new ConcurrentBag<int>();
        var gate = new TaskCompletionSource();
        host.Switches.BeforeApply = async (events, _) =>
        {
            batches.Add(events.Count);
            await gate.Task;   // while the first is held, the others gather in one batch
        };
        var traces = new List<ActivityTraceId>();
        for (var i = 0; i < 4; i++)
        {
            using var request = new Activity("request").Start();
            traces.Add(request.TraceId);
            await host.WriteAsync(TestIds.Next(_random));
            if (i == 0)
                await TestBed.UntilAsync(() => Task.FromResult(!batches.IsEmpty), () => Task.FromResult("the first event did not come"));
        }

        await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 0);
        await Task.Delay(500);
        gate.SetResult();
        await bed.UntilAsync("SELECT count(*) FROM effects", 4);
        await TestBed.UntilAsync(() => Task.FromResult(spans.Count(span => span.OperationName == $"process {bed.Topic}") == 4), () => Task.FromResult("spans are missing"));

        Assert.Contains(batches, count => count > 1);
        foreach (var trace in traces)
        {
            var publish = Assert.Single(spans, span => span.TraceId == trace && span.OperationName == $"publish {bed.Topic}");
            var process = Assert.Single(spans, span => span.TraceId == trace && span.OperationName == $"process {bed.Topic}");
            Assert.Equal(publish.SpanId, process.ParentSpanId);
            Assert.Equal((ActivityKind.Producer, ActivityKind.Consumer), (publish.Kind, process.Kind));
        }

        // The first event was alone: the SQL of its consumer is part of its trace.
        Assert.Contains(spans, span => span.TraceId == traces[0] && span.Source.Name == "Npgsql" && span.StartTimeUtc > spans.Single(process => process.TraceId == traces[0] && process.OperationName == $"process {bed.Topic}").StartTimeUtc);
        var batch = Assert.Single(spans, span => span.OperationName == $"process batch of {bed.Consumer}");
        Assert.Subset(traces.ToHashSet(), batch.Links.Select(link => link.Context.TraceId).ToHashSet());
    }
}
