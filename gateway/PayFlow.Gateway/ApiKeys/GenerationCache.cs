using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace PayFlow.Gateway.ApiKeys;

/// <summary>
/// A bounded memory: when the young generation is full it becomes the old one, and the old one is forgotten. What is used again is young again. Holds at
/// most twice <paramref name="capacity"/>, and every step takes constant time.
/// </summary>
internal sealed class GenerationCache<TKey, TValue>(int capacity) where TKey : notnull where TValue : class
{
    private readonly Lock _turning = new();
    private volatile ConcurrentDictionary<TKey, TValue> _young = new();
    private volatile ConcurrentDictionary<TKey, TValue> _old = new();
    private int _added;

    public int Count => _young.Count + _old.Count;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_young.TryGetValue(key, out value))
        {
            return true;
        }

        if (!_old.TryGetValue(key, out value))
        {
            return false;
        }

        value = GetOrAdd(key, value);
        return true;
    }

    public void Set(TKey key, TValue value)
    {
        if (!_young.ContainsKey(key))
        {
            MakeRoom();
        }

        _young[key] = value;
    }

    public void Clear()
    {
        lock (_turning)
        {
            (_young, _old, _added) = (new(), new(), 0);
        }
    }

    public TValue GetOrAdd(TKey key, TValue value)
    {
        if (_young.TryGetValue(key, out var found))
        {
            return found;
        }

        MakeRoom();
        return _young.GetOrAdd(key, value);
    }

    // Counts itself: ConcurrentDictionary.Count takes all of its locks.
    private void MakeRoom()
    {
        if (Interlocked.Increment(ref _added) <= capacity)
        {
            return;
        }

        lock (_turning)
        {
            if (_added > capacity)
            {
                _old = _young;
                _young = new();
                _added = 1;
            }
        }
    }
}
