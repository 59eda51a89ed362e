using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.Storage;

namespace PayFlow.Auth.Payments;

/// <summary>Reads payments as the API shows them: also those that were accepted and not begun, of which there is only the request.</summary>
public sealed class PaymentReader(Shards shards, PaymentStore store, TimeProvider time)
{
    public async Task<PaymentView?> FindAsync(Id payment, CancellationToken ct)
    {
        if (await store.FindAsync(payment, ct) is { } begun)
        {
            return PaymentView.Of(begun, time.GetUtcNow());
        }

        return await KeySql.FindByPaymentAsync(shards, payment, ct) is { } accepted ? PaymentView.Of(accepted) : null;
    }

    /// <summary>The caller's own payment; another merchant's, or one of the other mode, is not there.</summary>
    public async Task<PaymentView?> FindAsync(Caller caller, string id, CancellationToken ct)
    {
        if (!Id.TryParse(IdPrefix.Payment, id, out var payment) || payment.Slot != caller.Slot)
        {
            return null;
        }

        if (await store.FindAsync(payment, ct) is { } begun)
        {
            return begun.IsOf(caller) ? PaymentView.Of(begun, time.GetUtcNow()) : null;
        }

        var accepted = await KeySql.FindByPaymentAsync(shards, payment, ct);
        return accepted is not null && accepted.Name.MerchantId == caller.MerchantId && accepted.Name.Mode == caller.Mode ? PaymentView.Of(accepted) : null;
    }
}
