using PayFlow.Reconciler.Matching;

namespace PayFlow.Reconciler.UnitTests.Matching;

public sealed class MatchRulesTests
{
    [Theory]
    [InlineData("Expected", 0, 1000, "Settles", 1000, 0)]
    [InlineData("Expected", 0, 990, "SettlesShort", 990, 0)]
    [InlineData("Expected", 0, 1001, "SettlesOver", 1000, 1)]
    [InlineData("Missing", 0, 1000, "Settles", 1000, 0)]
    [InlineData("Short", 990, 10, "Settles", 10, 0)]
    [InlineData("Short", 990, 5, "SettlesShort", 5, 0)]
    [InlineData("Short", 990, 990, "Duplicate", 0, 990)]
    [InlineData("Matched", 1000, 1000, "Duplicate", 0, 1000)]
    [InlineData("Rejected", 0, 1000, "Settles", 1000, 0)]
    [InlineData("Expected", 0, -1000, "Opposite", 0, -1000)]
    [InlineData("Matched", 1000, -1000, "Opposite", 0, -1000)]
    public void Decide_LineOfARecord_PaysWhatIsOwedAndNotMore(string state, long settled, long amount, string outcome, long pays, long unexplained)
    {
        var match = MatchRules.Decide(Enum.Parse<RecordState>(state), 1000, settled, amount, settles: true);
        Assert.Equal((Enum.Parse<LineOutcome>(outcome), pays, unexplained), (match.Outcome, match.Settled, match.Unexplained));

        // A refund is taken as a capture is paid.
        var mirrored = MatchRules.Decide(Enum.Parse<RecordState>(state), -1000, -settled, -amount, settles: true);
        Assert.Equal((match.Outcome, -match.Settled, -match.Unexplained), (mirrored.Outcome, mirrored.Settled, mirrored.Unexplained));
    }

    [Theory]
    [InlineData(1000, 990, true)]
    [InlineData(1000, 1000, false)]
    [InlineData(1000, 1001, false)]
    [InlineData(1000, -500, false)]
    [InlineData(-1000, -990, true)]
    [InlineData(-1000, 0, true)]
    [InlineData(-1000, -1001, false)]
    [InlineData(0, 900, false)]
    public void IsShortfall_LessThanExpectedInItsDirection_IsOne(long expected, long actual, bool isShortfall) => Assert.Equal(isShortfall, MatchRules.IsShortfall(expected, actual));

    [Fact]
    public void Decide_AnyStateAndAmount_AccountsForTheWholeLineAndNeverOversettles()
    {
        foreach (var state in Enum.GetValues<RecordState>())
        {
            for (var settled = 0L; settled <= 4; settled++)
            {
                for (var amount = -9L; amount <= 9; amount++)
                {
                    if ((state == RecordState.Matched) != (settled == 4) || (state == RecordState.Short) != (settled is > 0 and < 4))
                    {
                        continue;   // the database doesn't allow these
                    }

                    var match = MatchRules.Decide(state, 4, settled, amount, settles: true);
                    Assert.Equal(amount, match.Settled + match.Unexplained);
                    Assert.InRange(settled + match.Settled, 0, 4);
                    var after = MatchRules.StateOf(4, settled + match.Settled, state, match.Outcome);
                    Assert.Equal(settled + match.Settled == 4, after == RecordState.Matched);
                }
            }
        }
    }

    [Fact]
    public void Unknown_SettledLine_IsUnexplainedAsAWhole() =>
        Assert.Equal(new LineMatch(LineOutcome.MissingHere, 0, 700), MatchRules.Unknown(700, settles: true));

    [Theory]
    [InlineData("missing_there", true, "Short Matched")]
    [InlineData("rejected", true, "Short Matched")]
    [InlineData("amount_mismatch", true, "Matched")]
    [InlineData("amount_mismatch", false, "")]
    [InlineData("duplicate", false, "")]
    [InlineData("missing_here", false, "")]
    public void Resolves_MoneyThatComesLater_ExplainsOnlyWhatWasLacking(string kind, bool isShortfall, string states) => Assert.Equal(
        states.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        Enum.GetValues<RecordState>().Where(state => MatchRules.Resolves(state, kind, isShortfall)).Select(state => state.ToString()).OrderDescending());
}
