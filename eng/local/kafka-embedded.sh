# The embedded broker: eng/embedded-kafka, built when it is not yet.
project="$root/eng/embedded-kafka/PayFlow.EmbeddedKafka.csproj"
newest() { ls -t "$root"/eng/embedded-kafka/bin/*/net*/PayFlow.EmbeddedKafka.dll 2>/dev/null | head -n 1; }

command -v dotnet >/dev/null || fail "dotnet is missing. Install the .NET SDK that global.json names."
broker="$(newest)"
if [[ -z $broker ]]; then
    say "building the embedded broker, once"
    # A lock, so that two starts don't build into the same folder at once.
    mkdir -p "$root/.payflow"
    exec 9>"$root/.payflow/embedded-kafka.lock"
    flock 9
    [[ -n $(newest) ]] || dotnet build "$project" -v quiet --nologo -nodeReuse:false >&2 9>&- || fail "the embedded broker does not build; its errors stand above."
    exec 9>&-
    broker="$(newest)"
fi
topics=()
[[ -z ${PAYFLOW_KAFKA_PARTITIONS:-} ]] || topics+=(--partitions "$PAYFLOW_KAFKA_PARTITIONS")
[[ -z ${PAYFLOW_KAFKA_TOPICS:-} ]] || topics+=(--topics "$PAYFLOW_KAFKA_TOPICS")
exec dotnet exec "$broker" "$port" "${topics[@]}" "$@"
