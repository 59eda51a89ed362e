using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit;

namespace PayFlow.Storage.UnitTests;

/// <summary>Whose trace a group commit is in: that of those who wait for it, never that of whoever made the group.</summary>
public sealed class GroupCommitTraceTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _commits = [];
    private readonly ActivitySource _source = new(nameof(GroupCommitTraceTests));
    private readonly ActivityListener _listener;

    public GroupCommitTraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "PayFlow.Storage" || source.Name == _source.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.OperationName == "group commit")
                    _commits.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _source.Dispose();
    }

    [Fact]
    public async Task Commit_OfOneTrace_IsInIt_AndSoIsWhatItDoes()
    {
        var database = new FakeDatabase();
        ActivityTraceId? inside = null;
        var made = Trace("the first request");
        await using var group = new GroupCommit<int, string>((items, ct) =>
        {
            inside = Activity.Current?.TraceId;
            return database.CommitAsync(items, ct);
        }, new GroupCommitOptions());
        made.Stop();

        using var asks = Trace("a later request");
        await group.CommitAsync(7, CancellationToken.None);

        var commit = await OneCommitOfAsync(1, asks.TraceId);
        Assert.Equal(asks.SpanId, commit.ParentSpanId);
        Assert.Empty(commit.Links);
        Assert.Equal(asks.TraceId, inside);
        Assert.NotEqual(made.TraceId, inside);
    }

    [Fact]
    public async Task Commit_OfSeveralTraces_HasItsOwn_AndLinksToEach()
    {
        var database = new FakeDatabase();
        var made = Trace("the first request");
        await using var group = database.Group();
        made.Stop();
        database.Hold();
        var first = group.CommitAsync(0, CancellationToken.None);
        await database.Entered;
        var (callers, answers) = (new List<ActivityContext>(), new List<Task>());
        foreach (var item in new[] { 1, 2, 3 })
        {
            using var asks = Trace($"request {item}");
            callers.Add(asks.Context);
            answers.Add(group.CommitAsync(item, CancellationToken.None));
        }

        database.Release();
        await first;
        await Task.WhenAll(answers);

        var commit = await OneCommitOfAsync(3, trace: null);
        Assert.Equal(default, commit.ParentSpanId);
        Assert.Equal(callers, commit.Links.Select(link => link.Context));
        Assert.DoesNotContain(commit.TraceId, callers.Select(caller => caller.TraceId));
    }

    [Fact]
    public async Task Commit_ThatFails_SaysSoInItsSpan()
    {
        await using var group = new GroupCommit<int, int>((_, _) => throw new TimeoutException("The database said nothing."), new GroupCommitOptions());
        using var asks = Trace("request");
        await Assert.ThrowsAsync<TimeoutException>(() => group.CommitAsync(1, CancellationToken.None));
        var commit = await OneCommitOfAsync(1, asks.TraceId);
        Assert.Equal((ActivityStatusCode.Error, "The database said nothing."), (commit.Status, commit.StatusDescription));
    }

    private Activity Trace(string name)
    {
        Activity.Current = null;
        return _source.StartActivity(name) ?? throw new InvalidOperationException("Nobody listens.");
    }

    // A span ends a moment after the answer. Tests of other classes commit too, without a trace: theirs link to nothing of ours.
    private async Task<Activity> OneCommitOfAsync(int items, ActivityTraceId? trace)
    {
        for (var i = 0; i < 500; i++)
        {
            if (_commits.SingleOrDefault(commit => Equals(commit.GetTagItem("payflow.items"), items) && (trace is null ? commit.Links.Any() : commit.TraceId == trace)) is { } found)
                return found;
            await Task.Delay(10);
        }

        throw new TimeoutException($"No group commit of {items} items was told.");
    }
}
