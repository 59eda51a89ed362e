# Apache Kafka 4, broker and controller in one process.
[[ -x $KAFKA_HOME/bin/kafka-server-start.sh ]] || fail "KAFKA_HOME=$KAFKA_HOME holds no Apache Kafka (bin/kafka-server-start.sh). Unset it to use the embedded broker."
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
command -v "$java" >/dev/null || fail "Java 17 or newer is missing. Install it: sudo apt-get install openjdk-17-jre-headless."

# Only this process and its own broker talk to the controller, so any free port will do. Below 32768 the kernel hands out none, tests take theirs from
# 20000 up, and no system's own are here.
controller_port() {
    local candidate
    for _ in {1..100}; do
        candidate=$((RANDOM % 1500 + 16500))
        if [[ $candidate != "$port" ]] && ! port_is_open "$candidate"; then echo "$candidate"; return; fi
    done
    fail "found no free port for the controller."
}

data="$state/kafka"
mkdir -p "$data"
controller="$(controller_port)"
cat >"$data.properties" <<CONFIG
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$data
# As in production, nobody creates a topic by misspelling one.
auto.create.topics.enable=false
log.retention.hours=168
# One node is all there is.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Hundreds of small partitions: 50 a topic, with little in each.
log.segment.bytes=67108864
log.index.size.max.bytes=1048576
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# A killed broker may register again at once instead of after 9 s.
broker.heartbeat.interval.ms=300
broker.session.timeout.ms=1000
CONFIG
cat >"$data.log4j2.yaml" <<'CONFIG'
Configuration:
  Appenders:
    Console: { name: stdout, PatternLayout: { pattern: "%p %c{1}: %m%n" } }
  Loggers:
    Root: { level: WARN, AppenderRef: { ref: stdout } }
CONFIG
export LOG_DIR="$state/kafka-logs" KAFKA_HEAP_OPTS="${KAFKA_HEAP_OPTS:--Xms512m -Xmx512m}"
# The official scripts read the first variable, other packagings the second.
export KAFKA_LOG4J_OPTS="-Dlog4j2.configurationFile=$data.log4j2.yaml" KAFKA_LOG4J_CONFIG="$data.log4j2.yaml"

# Formatting is refused on data that is there, and what was half formatted has nothing to lose.
if [[ ! -f $data/meta.properties ]]; then
    say "formatting $data"
    rm -rf "${data:?}"/*
    # 16 bytes in the base64 of URLs, but never a dash: at the beginning it would be taken for an option.
    cluster="$(head -c 16 /dev/urandom | base64 | tr '+/' '__')"
    "$KAFKA_HOME/bin/kafka-storage.sh" format -t "${cluster%==}" -c "$data.properties" >"$data.format.log" 2>&1 \
        || { cat "$data.format.log" >&2; fail "formatting failed."; }
fi
exec "$KAFKA_HOME/bin/kafka-server-start.sh" "$data.properties"
