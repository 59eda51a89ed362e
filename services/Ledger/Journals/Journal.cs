using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Journals;

/// <summary>Builds the chains that tell of one fact.</summary>
internal static class Journal
{
    // A note for people; no money depends on its end.
    private const int LongestReference = 255;

    /// <summary>These lines, all or none.</summary>
    public static IReadOnlyList<NewTransfer> Of(params IEnumerable<NewTransfer> lines)
    {
        var chain = lines.ToArray();
        for (var i = 0; i < chain.Length - 1; i++)
        {
            chain[i] = chain[i] with { Linked = true };
        }

        return chain;
    }

    public static string? Reference(string text) => text.Length switch
    {
        0 => null,
        <= LongestReference => text,
        _ => text[..LongestReference],
    };
}
