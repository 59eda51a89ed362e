namespace PayFlow.Sandbox.Chaos;

/// <summary>Closes the caller's connection instead of answering.</summary>
public sealed class ClosedConnection : IResult
{
    public static IResult Result { get; } = new ClosedConnection();

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Abort();
        return Task.CompletedTask;
    }
}
