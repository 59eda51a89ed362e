using System.Globalization;

namespace PayFlow.EmbeddedKafka;

/// <summary>What the command line asks for.</summary>
/// <param name="Port">Where to listen on 127.0.0.1.</param>
/// <param name="Topics">What to create before that.</param>
/// <param name="TopicsFromInput">Whether to create more topics as standard input names them, one <c>name:partitions</c> a line.</param>
internal sealed record Options(int Port, IReadOnlyList<Topic> Topics, bool TopicsFromInput)
{
    public const string Usage =
        """
        Usage: PayFlow.EmbeddedKafka PORT [OPTION...]
          --partitions N                    create PayFlow's topics, with N partitions each
          --topics name:partitions,...      create these topics
          --topics-from-stdin               create topics as they come in, one name:partitions a line
        """;

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">It is not as <see cref="Usage"/> says.</exception>
    public static Options Parse(string[] arguments)
    {
        var topics = new List<Topic>();
        var fromInput = false;
        for (var i = 1; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--partitions": topics.AddRange(OfPayFlow(Number(Value(ref i), 10_000))); break;
                case "--topics": topics.AddRange(Topic.ParseList(Value(ref i))); break;
                case "--topics-from-stdin": fromInput = true; break;
                default: throw new FormatException($"'{arguments[i]}' is no option.\n{Usage}");
            }
        }
        return new Options(Number(arguments.FirstOrDefault(), ushort.MaxValue), topics, fromInput);

        string Value(ref int i) => ++i < arguments.Length ? arguments[i] : throw new FormatException($"{arguments[^1]} wants a value.\n{Usage}");
    }

    private static IEnumerable<Topic> OfPayFlow(int partitions) =>
        Messaging.Topics.All.Concat(Messaging.Topics.All.Select(Messaging.Topics.DeadLetter)).Select(name => new Topic(name, partitions));

    private static int Number(string? text, int most) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most
            ? number
            : throw new FormatException($"'{text}' is not a number from 1 to {most}.\n{Usage}");
}
