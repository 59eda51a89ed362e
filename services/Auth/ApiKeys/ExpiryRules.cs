using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.ApiKeys;

internal static class ExpiryRules
{
    /// <summary>A time that is still to come.</summary>
    public static DateTimeOffset? FutureTime(this BodyReader body, string name, DateTimeOffset now)
    {
        var time = body.OptionalTime(name);
        if (time <= now)
        {
            body.Error(name, "out_of_range", $"{body.Path(name)} must be in the future.");
        }

        return time;
    }
}
