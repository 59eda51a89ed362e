using System.Globalization;
using System.Text;
using PayFlow.Batch.Items;

namespace PayFlow.Batch.Batches;

/// <summary>
/// The file that an acquirer is sent: a header, a row an item, a trailer with count and sum by which a cut file is seen. Amounts are signed as they move the
/// deposit: a refund's is below zero.
/// </summary>
internal static class SettlementFile
{
    public const string Header = "item_id,external_id,amount,currency,occurred_at";

    public static string Write(IReadOnlyCollection<ItemRow> items)
    {
        var file = new StringBuilder(Header).Append('\n');
        foreach (var item in items)
        {
            file.Append(CultureInfo.InvariantCulture, $"{item.Id},{item.ExternalId},{item.Amount},{item.Currency},{item.OccurredAt:O}\n");
        }

        return file.Append(CultureInfo.InvariantCulture, $"T,{items.Count},{items.Sum(item => item.Amount)}\n").ToString();
    }
}
