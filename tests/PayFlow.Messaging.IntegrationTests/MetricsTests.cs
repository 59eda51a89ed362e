using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using PayFlow.Messaging.IntegrationTests.Support;
using PayFlow.Messaging.TestHost;
using PayFlow.Testing;
using Xunit;
using Xunit.Abstractions;

namespace PayFlow.Messaging.IntegrationTests;

/// <summary>Alone: the gauges of all hosts of this process are one.</summary>
[Collection(nameof(Alone))]
public sealed class MetricsTests(ITestOutputHelper output)
{
    private readonly Random _random = Seeds.Next(output);

    [Fact]
    public async Task Backlogs_AreSeen_AndAGapRaisesItsAlarm()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        using var meters = new Meters(bed.Consumer);
        await using var host = await bed.StartAsync(("Messaging:GapAlarmSeconds", "1"), ("Messaging:ParkedRetryMs", "600000"));
        using var producer = new RawProducer(bed);
        var (gapped, sick, stuck) = (TestIds.Next(_random), TestIds.Next(_random), TestIds.Next(_random));
        await producer.SendAsync(gapped, 2);
        await host.WriteAsync(sick, TestWriter.PoisonType);
        await host.WriteAsync(sick);
        await host.WriteAsync(stuck, topic: $"{bed.Topic}.nowhere");

        await meters.UntilAsync("payflow.inbox.waiting", 2);
        await meters.UntilAsync("payflow.inbox.late", 1);   // the one behind the dead letter is no gap
        await meters.UntilAsync("payflow.inbox.dead_letters", 1);
        await meters.UntilAsync("payflow.outbox.unpublished", 1);
        Assert.True(meters.Value("payflow.outbox.oldest_age") > 0);
        await meters.UntilAsync("payflow.consumer.lag", 0);

        await producer.SendAsync(gapped, 1);
        await meters.UntilAsync("payflow.inbox.late", 0);
        await meters.UntilAsync("payflow.inbox.waiting", 1);
    }

    /// <summary>Reads the gauges of one consumer, and of all outboxes.</summary>
    private sealed class Meters : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<string, double> _values = [];
        private readonly string _consumer;

        public Meters(string consumer)
        {
            _consumer = consumer;
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == MessagingTelemetry.Name && instrument.IsObservable)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.Start();
        }

        public double Value(string name) => _values.GetValueOrDefault(name, -1);

        public Task UntilAsync(string name, double expected) => TestBed.UntilAsync(() =>
        {
            _values.Clear();
            _listener.RecordObservableInstruments();
            return Task.FromResult(Math.Abs(Value(name) - expected) < 0.5);
        }, () => Task.FromResult($"{name} is {Value(name)}, not {expected}"));

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                if (tag.Key == "consumer" && !Equals(tag.Value, _consumer))
                    return;
            }

            _values.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
        }
    }
}

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
