namespace PayFlow.SystemTests.Running;

internal static class Unique
{
    /// <summary>An id that no other run has used: 32 hexadecimal digits.</summary>
    public static string Id() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N");
}
