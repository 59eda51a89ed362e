using System.ComponentModel.DataAnnotations;

namespace PayFlow.Auth.Administrators;

/// <summary>
/// Who administers merchants (section <c>Auth:Administrators</c>). Their keys are the operators' own business, so they are configuration and not rows: a key is made by
/// <c>openssl rand</c>, its hash is configured, and it is revoked by taking the hash out.
/// </summary>
public sealed class AdministratorOptions : IValidatableObject
{
    /// <summary>SHA-256 of each administrator's key in hexadecimal, by the name that the audit trail shows. A key begins with <c>ak_</c>.</summary>
    public Dictionary<string, string> KeyHashes { get; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, hash) in KeyHashes)
        {
            if (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit))
            {
                yield return new ValidationResult($"Auth:Administrators:KeyHashes:{name} must be a SHA-256 in hexadecimal, such as `printf %s \"$key\" | sha256sum` prints.", [nameof(KeyHashes)]);
            }
        }
    }
}
