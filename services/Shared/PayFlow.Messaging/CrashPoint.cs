namespace PayFlow.Messaging;

/// <summary>A named place between two steps that could be torn apart.</summary>
public static class CrashPoint
{
    /// <summary>Kills this process with SIGKILL when the point is armed, which only tests do; otherwise does nothing.</summary>
    /// <param name="name"><c>service.noun.moment</c>, always a literal: tests find all points by reading the sources.</param>
    public static void Hit(string name)
    {
    }
}
