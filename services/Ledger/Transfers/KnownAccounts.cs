using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Chain;

namespace PayFlow.Ledger.Transfers;

/// <summary>
/// What this process knows of a shard's accounts without asking: as its own batches left them. Only a batch changes what is in an account, and each adds a block, whose hash is that of all
/// before it; so all of it holds for as long as the chain ends with our own block. Whoever trusts it compares versions and states in writing, because somebody else may be faster, and is
/// done again under locks when they are others.
/// </summary>
/// <remarks>
/// One batch decides while the one before it writes, and trusts that it will succeed. When it doesn't, what is known is forgotten before the next may write.
/// </remarks>
/// <param name="most">Accounts to remember at most; 0: none.</param>
internal sealed class KnownAccounts(int most) : IDisposable
{
    private readonly int _most = most;
    private readonly SemaphoreSlim _deciding = new(1, 1);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private Knowledge _knowledge = new();

    /// <summary>Waits until no other batch of this process decides.</summary>
    public async Task<Turn> TakeTurnAsync(CancellationToken ct)
    {
        await _deciding.WaitAsync(ct);
        return new Turn(this);
    }

    public void Dispose()
    {
        _deciding.Dispose();
        _writing.Dispose();
    }

    /// <summary>Changed by who decides, and by nobody when it is forgotten: those who read it then go on with what they have.</summary>
    private sealed class Knowledge
    {
        /// <summary>The last block that we have decided on.</summary>
        public ChainEnd Head { get; set; } = ChainEnd.Beginning;

        /// <summary>The one before: the chain ends there while the last is being written.</summary>
        public ChainEnd Before { get; set; } = ChainEnd.Beginning;

        public Dictionary<AccountName, Account> States { get; } = [];

        public Dictionary<AccountName, long> Ids { get; } = [];
    }

    /// <summary>One batch's turn: it decides, alone among the batches of this process, and then writes, alone again. What came of it is known if <see cref="Keep"/> is called at the end.</summary>
    internal sealed class Turn(KnownAccounts known) : IDisposable
    {
        private Knowledge _knowledge = Volatile.Read(ref known._knowledge);
        private readonly bool _isAnotherWriting = known._writing.CurrentCount == 0;   // nobody begins while we decide
        private bool _isDeciding = true;
        private bool _isWriting;
        private bool _isTrusting;
        private Written? _written;

        public ChainEnd Head => _knowledge.Head;

        public IReadOnlyDictionary<AccountName, Account> States => _knowledge.States;

        public IReadOnlyDictionary<AccountName, long> Ids => _knowledge.Ids;

        /// <summary>Whether all accounts that these transfers name are known. They end no pending one.</summary>
        public bool Knows(IReadOnlyList<NewTransfer> transfers) =>
            _knowledge.States.Count > 0 && transfers.All(transfer => !transfer.Kind.EndsPending() && _knowledge.States.ContainsKey(transfer.Debit) && _knowledge.States.ContainsKey(transfer.Credit));

        /// <summary>Whether a chain that ends so was written by this process, as far as what is known goes.</summary>
        public bool IsOurs(ChainEnd head) => head.Is(_knowledge.Head) || (_isAnotherWriting && head.Is(_knowledge.Before));

        /// <summary>Waits until the batch before has written, and lets the next decide on what this one will leave.</summary>
        /// <returns>False when what it trusted has been forgotten: it must not write, and holds up the next until it is done.</returns>
        public async Task<bool> TryWriteAfterOthersAsync(ReadyBatch batch, CancellationToken ct)
        {
            var trusted = _knowledge;
            await WaitForOthersAsync(ct);
            if (_knowledge != trusted)
            {
                return false;
            }

            foreach (var account in batch.Outcome.Accounts.Values)
            {
                _knowledge.States[account.Name] = account;
            }

            (_knowledge.Before, _knowledge.Head) = (_knowledge.Head, batch.End);
            (_isTrusting, _isDeciding) = (true, false);
            known._deciding.Release();
            return true;
        }

        /// <summary>Waits until the batch before has written; the next decides when this one is done.</summary>
        public async Task WaitForOthersAsync(CancellationToken ct)
        {
            if (!_isWriting)
            {
                await known._writing.WaitAsync(ct);
                _isWriting = true;
                _knowledge = Volatile.Read(ref known._knowledge);
            }
        }

        /// <summary>It was not so.</summary>
        public void Forget()
        {
            var forgotten = Interlocked.CompareExchange(ref known._knowledge, new Knowledge(), _knowledge);
            if (_isDeciding && forgotten == _knowledge)
            {
                _knowledge = known._knowledge;
            }
        }

        /// <summary>Takes down what the batch wrote in a transaction that isn't committed yet; null: nothing.</summary>
        public void Write(Written? written) => _written = written;

        /// <summary>The transaction is committed.</summary>
        public void Keep()
        {
            if (_written is { } written)
            {
                if (_isDeciding)
                {
                    Remember(written);
                }
                else if (written.End is null)
                {
                    Forget();
                }
            }

            (_written, _isTrusting) = (null, false);
        }

        public void Dispose()
        {
            if (_written is not null || _isTrusting)
            {
                Forget();   // nobody knows what became of it
            }

            if (_isDeciding)
            {
                known._deciding.Release();
            }

            if (_isWriting)
            {
                known._writing.Release();
            }

            (_isDeciding, _isWriting) = (false, false);
        }

        private void Remember(Written written)
        {
            if (written.End is null || !written.Before.Is(_knowledge.Head) || _knowledge.States.Count + written.Accounts.Count > known._most)
            {
                Forget();   // somebody else's blocks came between, or it is too much
            }

            if (written.End is null)
            {
                return;   // and one of them may be of these accounts, before ours or after
            }

            _knowledge.Head = written.End;
            foreach (var account in written.Accounts.Values.Take(known._most))
            {
                _knowledge.States[account.Name] = account;
                _knowledge.Ids[account.Name] = written.AccountIds[account.Name];
            }
        }
    }

    /// <summary>What a batch left.</summary>
    /// <param name="Before">Where the chain ended before it, as it was told.</param>
    /// <param name="End">Where the chain ends now; null: somebody else added a block meanwhile.</param>
    /// <param name="Accounts">Every account that it touched.</param>
    /// <param name="AccountIds">Their rows, at least.</param>
    internal sealed record Written(ChainEnd Before, ChainEnd? End, IReadOnlyDictionary<AccountName, Account> Accounts, IReadOnlyDictionary<AccountName, long> AccountIds);
}
