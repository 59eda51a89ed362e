using System.Collections;
using System.Text;

namespace Grpc.Core;

/// <summary>Headers or trailers of a call, in order; a key may occur several times. Keys that end in "-bin" carry bytes.</summary>
public sealed class Metadata : IList<Metadata.Entry>
{
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>Read-only.</summary>
    public static readonly Metadata Empty = new Metadata().Freeze();

    private readonly List<Entry> _entries = [];
    private bool _readOnly;

    public int Count => _entries.Count;

    public bool IsReadOnly => _readOnly;

    public Entry this[int index]
    {
        get => _entries[index];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            Writable()[index] = value;
        }
    }

    /// <summary>The last entry of that key, or null.</summary>
    public Entry? Get(string key) => _entries.FindLast(entry => entry.Has(key));

    /// <summary>The last text value of that key, or null.</summary>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The last value of that key as bytes, or null.</summary>
    public byte[]? GetValueBytes(string key) => Get(key)?.ValueBytes;

    /// <summary>Every entry of that key, in order.</summary>
    public IEnumerable<Entry> GetAll(string key) => _entries.Where(entry => entry.Has(key));

    public void Add(Entry item)
    {
        ArgumentNullException.ThrowIfNull(item);
        Writable().Add(item);
    }

    public void Add(string key, string value) => Add(new Entry(key, value));

    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    public void Insert(int index, Entry item)
    {
        ArgumentNullException.ThrowIfNull(item);
        Writable().Insert(index, item);
    }

    public bool Remove(Entry item) => Writable().Remove(item);

    public void RemoveAt(int index) => Writable().RemoveAt(index);

    public void Clear() => Writable().Clear();

    public bool Contains(Entry item) => _entries.Contains(item);

    public int IndexOf(Entry item) => _entries.IndexOf(item);

    public void CopyTo(Entry[] array, int arrayIndex) => _entries.CopyTo(array, arrayIndex);

    public IEnumerator<Entry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal Metadata Freeze()
    {
        _readOnly = true;
        return this;
    }

    private List<Entry> Writable() => _readOnly ? throw new InvalidOperationException("Object is read only") : _entries;

    /// <summary>One header or trailer. The key is lower-cased; it may hold a-z, 0-9, '_', '-' and '.'.</summary>
    public class Entry
    {
        private readonly string? _value;
        private readonly byte[]? _bytes;

        public Entry(string key, string value)
        {
            ArgumentNullException.ThrowIfNull(value);
            Key = Normalize(key);
            if (IsBinary)
                throw new ArgumentException("The key of a text header must not have the suffix of a binary one.", nameof(key));
            _value = value;
        }

        public Entry(string key, byte[] valueBytes)
        {
            ArgumentNullException.ThrowIfNull(valueBytes);
            Key = Normalize(key);
            if (!IsBinary)
                throw new ArgumentException("The key of a binary header must have the suffix \"-bin\".", nameof(key));
            _bytes = [.. valueBytes];
        }

        public string Key { get; }

        public bool IsBinary => Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        public string Value => _value ?? throw new InvalidOperationException("A binary header has no text value.");

        public byte[] ValueBytes => _bytes is null ? Encoding.ASCII.GetBytes(_value!) : [.. _bytes];

        public override string ToString() => IsBinary
            ? $"[Entry: key={Key}, valueBytes={Convert.ToBase64String(_bytes!)}]"
            : $"[Entry: key={Key}, value={_value}]";

        internal bool Has(string key) => string.Equals(Key, key, StringComparison.OrdinalIgnoreCase);

        private static string Normalize(string key)
        {
            ArgumentNullException.ThrowIfNull(key);
            var normalized = key.ToLowerInvariant();
            if (normalized.Any(c => c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-' or '.')))
                throw new ArgumentException($"\"{key}\" is no header name: only letters, digits, '_', '-' and '.' may be in it.", nameof(key));
            return normalized;
        }
    }
}
