namespace PayFlow.Auth.Payments;

/// <summary>What a request may ask of what it is paid with. Pure.</summary>
internal static class PaymentMethodRules
{
    /// <summary>The currency of bank debits: entries of the ACH network have no other.</summary>
    public static Currency OfBankDebits => Currency.Usd;

    /// <summary>Every field that is wrong for the token's card or account; null when there is none.</summary>
    /// <param name="isTaken">Whether there is an acquirer for it.</param>
    public static Refusal? Refuse(CreatePaymentRequest asked, PaymentMethod method, Func<PaymentMethodType, bool> isTaken)
    {
        var errors = Errors(asked, method, isTaken).ToList();
        return errors.Count > 0 ? Refusal.Invalid(errors) : null;
    }

    private static IEnumerable<FieldError> Errors(CreatePaymentRequest asked, PaymentMethod method, Func<PaymentMethodType, bool> isTaken)
    {
        var type = Names.Of(method.Type);
        if (asked.PaymentMethod.Type != type)
        {
            yield return new("payment_method.type", "another_type", $"payment_method.token is of a {type}, so payment_method.type must be {type}.");
        }

        if (!isTaken(method.Type))
        {
            yield return new("payment_method.type", "not_taken", $"Payments with a {type} are not taken here: no acquirer for them is configured.");
        }

        if (method is not BankAccountView)
        {
            yield break;
        }

        if (asked.Amount.Currency != OfBankDebits)
        {
            yield return new("amount.currency", "currency_not_taken", $"Bank accounts are debited in {OfBankDebits.Code} only.");
        }

        if (asked.ThreeDSecure?.Required == true)
        {
            yield return new("three_d_secure.required", "not_for_bank_accounts", "3-D Secure is for cards: who pays with a bank account can't be authenticated by it.");
        }
    }
}
