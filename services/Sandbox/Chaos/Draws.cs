namespace PayFlow.Sandbox.Chaos;

/// <summary>Draws that can be repeated.</summary>
public static class Draws
{
    /// <summary>The nth draw of a seed, uniform in [0, 1).</summary>
    public static double Of(long seed, long call)
    {
        // SplitMix64 (Steele, Lea, Flood 2014): each state gives a number of its own, so that no generator has to be shared between calls.
        unchecked
        {
            var state = (ulong)seed + ((ulong)call * 0x9E3779B97F4A7C15);
            state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
            return ((state ^ (state >> 31)) >> 11) * (1.0 / (1UL << 53));
        }
    }
}
