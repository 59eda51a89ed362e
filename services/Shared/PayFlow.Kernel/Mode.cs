namespace PayFlow.Kernel;

/// <summary>Test and live never share an account, a key or a route.</summary>
public enum Mode
{
    Test = 1,
    Live = 2,
}
