using System.Diagnostics.CodeAnalysis;
using Npgsql;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.Execution;

/// <summary>
/// Runs one payment in this process, for as long as somebody wants something of it: takes commands, carries out what is pending one step after another, each
/// step committed before the next. What must survive a crash is in the payment; what is here may be lost at any line.
/// </summary>
internal sealed partial class PaymentRun(Id paymentId, RunServices services, CancellationToken stopping)
{
    private const int MaxConflicts = 50;

    private readonly ILogger logger = services.Logger;
    private readonly Lock gate = new();
    private readonly LinkedList<PaymentCommand> mailbox = [];
    private readonly List<PaymentCommand> waiting = [];
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private KeyRow? unwritten;
    private bool begun;
    private bool closed;

    public Id PaymentId { get; } = paymentId;

    /// <summary>Completes when the run is over, however it ended.</summary>
    public Task Ended => ended.Task;

    /// <summary>Takes a command; false when the run is over.</summary>
    /// <param name="isFirst">The run is to be started.</param>
    public bool TryTake(PaymentCommand command, out bool isFirst)
    {
        lock (gate)
        {
            isFirst = !begun;
            begun = true;
            if (closed)
            {
                return false;
            }

            unwritten ??= command.New;
            mailbox.AddLast(command);
            return true;
        }
    }

    /// <summary>Never throws: a failure goes to those who wait.</summary>
    public async Task RunAsync()
    {
        using var span = AuthTelemetry.Run(PaymentId);
        try
        {
            do
            {
                await RoundAsync();
                FinishWaiting(new CommandEnd.Left());
            }
            while (!TryClose());
        }
        catch (Exception failure)
        {
            if (failure is OperationCanceledException && stopping.IsCancellationRequested)
            {
                LogStopped(PaymentId);
            }
            else
            {
                LogFailed(failure, PaymentId);
            }

            foreach (var command in Close())
            {
                command.Fail(failure);
            }
        }
        finally
        {
            ended.SetResult();
        }
    }

    private async Task RoundAsync()
    {
        var steps = new PaymentSteps(services, stopping);
        for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
        {
            var fresh = Interlocked.Exchange(ref unwritten, null);
            var payment = fresh is null ? await services.Store.FindAsync(PaymentId, stopping) : null;
            if (payment is null)
            {
                var request = fresh ?? await KeySql.FindByPaymentAsync(services.Shards, PaymentId, stopping);
                if (request is null)
                {
                    FinishAll(new CommandEnd.Unknown());
                    return;
                }

                try
                {
                    payment = Told(await steps.BeginAsync(request, isWritten: fresh is null));
                }
                catch (PostgresException taken) when (taken.ConstraintName == KeySql.PrimaryKey)
                {
                    FinishAll(new CommandEnd.KeyTaken());   // by another request, in another process
                    return;
                }
            }

            // Without a payment another process began it at the same moment, and there is one to be found now.
            if (payment is not null && await CarryOutAsync(payment, steps))
            {
                return;
            }
        }

        throw new InvalidOperationException($"{PaymentId} changed {MaxConflicts} times under this run.");
    }

    /// <summary>Takes commands and carries out what is pending, until there is nothing more to do now.</summary>
    /// <returns>False when the payment was changed by somebody else: read it again.</returns>
    private async Task<bool> CarryOutAsync(Payment? payment, PaymentSteps steps)
    {
        while (payment is not null)
        {
            if (payment.Lease.IsHeldByAnother(services.Me, services.Time.GetUtcNow()))
            {
                FinishAll(new CommandEnd.Elsewhere());
                return true;
            }

            if (TryNext(out var command))
            {
                payment = await DecideAsync(payment, command, steps);
            }
            else if (steps.IsNothingToDo(payment))
            {
                return true;
            }
            else
            {
                payment = Told(await steps.DoAsync(payment));
            }
        }

        return false;
    }

    /// <summary>Decides a command and commits what it asks for.</summary>
    /// <returns>The payment as it is then; null when it was changed by somebody else, and the command waits.</returns>
    private async Task<Payment?> DecideAsync(Payment payment, PaymentCommand command, PaymentSteps steps)
    {
        if (command.Decide is null)
        {
            Interlocked.CompareExchange(ref unwritten, null, command.New);   // begun by now
            waiting.Add(command);
            return payment;
        }

        if (payment.Operations.Any(operation => operation.IdempotencyKey == command.IdempotencyKey))
        {
            command.Finish(new CommandEnd.KeyTaken());
            return payment;
        }

        if (!command.Decide(payment, services.Time.GetUtcNow()).TryGet(out var change, out var refusal))
        {
            command.Finish(new CommandEnd.Refused(refusal, payment));
            return payment;
        }

        try
        {
            var step = await steps.ReserveAsync(change);
            if (step.Payment is null)
            {
                PutBack(command);
                return null;
            }

            waiting.Add(command);
            return step.Payment;
        }
        catch (PostgresException taken) when (taken.ConstraintName == KeySql.PrimaryKey)
        {
            command.Finish(new CommandEnd.KeyTaken());   // by a request about another payment, or in another process
            return payment;
        }
        catch (PostgresException refused) when (PaymentConstraints.RefusalOf(refused) is { } meaning)
        {
            LogRefused(PaymentId, refused.ConstraintName!);
            command.Finish(new CommandEnd.Refused(meaning, payment));
            return payment;
        }
    }

    /// <summary>Gives the answer of a step to those who wait for it.</summary>
    private Payment? Told(Step step)
    {
        if (step.Answer is { } answer)
        {
            TakeWaiters();   // also those who came while the step ran: their answer is there now
            foreach (var command in waiting.Where(command => command.IdempotencyKey == answer.Name.Key).ToList())
            {
                waiting.Remove(command);
                command.Finish(new CommandEnd.Answered(answer));
            }
        }

        return step.Payment;
    }

    private bool TryNext([NotNullWhen(true)] out PaymentCommand? command)
    {
        lock (gate)
        {
            command = mailbox.First?.Value;
            if (command is not null)
            {
                mailbox.RemoveFirst();
            }

            return command is not null;
        }
    }

    private void PutBack(PaymentCommand command)
    {
        lock (gate)
        {
            mailbox.AddFirst(command);
        }
    }

    private void TakeWaiters()
    {
        lock (gate)
        {
            var waiters = mailbox.Where(command => command.Decide is null).ToList();
            waiters.ForEach(command => mailbox.Remove(command));
            waiting.AddRange(waiters);
        }
    }

    private void FinishWaiting(CommandEnd how)
    {
        waiting.ForEach(command => command.Finish(how));
        waiting.Clear();
    }

    private void FinishAll(CommandEnd how)
    {
        while (TryNext(out var command))
        {
            waiting.Add(command);
        }

        FinishWaiting(how);
    }

    private bool TryClose()
    {
        lock (gate)
        {
            return closed = mailbox.Count == 0;
        }
    }

    private List<PaymentCommand> Close()
    {
        lock (gate)
        {
            closed = true;
            return [.. waiting, .. mailbox];
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Payment} could not be carried on; the sweep takes it up when its lease ends")]
    private partial void LogFailed(Exception failure, Id payment);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Payment} is left to the next process")]
    private partial void LogStopped(Id payment);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database refused a change of {Payment} that the rules had let through: {Constraint}")]
    private partial void LogRefused(Id payment, string constraint);
}
