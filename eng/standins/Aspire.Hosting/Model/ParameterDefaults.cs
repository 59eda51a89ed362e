using System.Security.Cryptography;

namespace Aspire.Hosting.Publishing
{
    /// <summary>Named by the signature of ParameterDefault; this launcher never publishes.</summary>
    public sealed class ManifestPublishingContext
    {
        internal ManifestPublishingContext()
        {
        }
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    public abstract class ParameterDefault
    {
        public abstract string GetDefaultValue();

        public abstract void WriteToManifest(Publishing.ManifestPublishingContext context);
    }

    /// <summary>A random value from a cryptographic source, with at least one character of every kind asked for.</summary>
    public sealed class GenerateParameterDefault : ParameterDefault
    {
        private const string LowerCase = "abcdefghjkmnpqrstuvwxyz";
        private const string UpperCase = "ABCDEFGHJKMNPQRSTUVWXYZ";
        private const string Digits = "0123456789";
        private const string SpecialCharacters = "-_.{}~()*+!";

        public int MinLength { get; set; } = 22;

        public bool Lower { get; set; } = true;

        public bool Upper { get; set; } = true;

        public bool Numeric { get; set; } = true;

        public bool Special { get; set; } = true;

        public override string GetDefaultValue()
        {
            string[] kinds = [.. new[] { (Lower, LowerCase), (Upper, UpperCase), (Numeric, Digits), (Special, SpecialCharacters) }.Where(kind => kind.Item1).Select(kind => kind.Item2)];
            if (kinds.Length == 0)
                throw new InvalidOperationException("A generated value needs at least one kind of character.");

            char[] value = [.. kinds.Select(kind => RandomNumberGenerator.GetItems<char>(kind, 1)[0]),
                .. RandomNumberGenerator.GetItems<char>(string.Concat(kinds), Math.Max(0, MinLength - kinds.Length))];
            RandomNumberGenerator.Shuffle<char>(value);
            return new(value);
        }

        public override void WriteToManifest(Publishing.ManifestPublishingContext context) =>
            throw new NotSupportedException("This launcher does not publish.");
    }
}
