# The running system: up, down, and what to do with it meanwhile.

apphost="$root/PayFlow.AppHost/bin/$configuration/net10.0/PayFlow.AppHost.dll"

system_up() {
    local detach= resources= begin=$SECONDS arguments=()
    while [[ $# -gt 0 ]]; do
        case "$1" in
            --detach|-d) detach=yes ;;
            --resources) resources="${2:-}"; arguments+=("$1") ;;
            *) arguments+=("$1") ;;
        esac
        shift
    done

    if launcher_runs; then
        say "PayFlow runs already"
        control POST /start
        wait_until_up && welcome
        return
    fi
    require up "$resources"
    build
    mkdir -p "$state/logs"
    if [[ $(feed) == complete ]]; then up_with_aspire "$detach" "${arguments[@]}"; return; fi

    # A session of its own: Ctrl-C reaches this script alone, which then asks the launcher to stop everything in order.
    local log="$state/logs/apphost.log" launcher
    local launch=(env DOTNET_ENVIRONMENT=Development setsid dotnet exec "$apphost" --state "$state" "${arguments[@]}")
    if [[ -n $detach ]]; then "${launch[@]}" >"$log" 2>&1 </dev/null & else "${launch[@]}" </dev/null & fi
    launcher=$!
    trap 'kill -TERM $launcher 2>/dev/null' INT TERM HUP
    if ! wait_until_up "$launcher" "$detach"; then
        kill -0 $launcher 2>/dev/null || { [[ -z $detach ]] || cat "$log" >&2; fail "PayFlow did not start."; }
        [[ -z $detach ]] || { control GET /status >&2; fail "not everything is up. See why: eng/payflow logs NAME. Mend it, then: eng/payflow start."; }
    else
        welcome
        [[ -n ${KAFKA_HOME:-} ]] || say "Kafka is the embedded broker, in memory only: what it held is gone when it stops or dies, and eng/payflow republish brings it back from the outboxes. For Apache Kafka set KAFKA_HOME."
        say "started in $(seconds_since $begin), build included"
    fi
    [[ -z $detach ]] || { trap - INT TERM HUP; return 0; }

    local code=0
    while kill -0 $launcher 2>/dev/null; do wait $launcher && code=0 || code=$?; done
    return $code
}

build() {
    say "building (the first time takes a few minutes)"
    build_project PayFlow.AppHost/PayFlow.AppHost.csproj
    [[ $(feed) == complete || -n ${KAFKA_HOME:-} ]] || build_project eng/embedded-kafka/PayFlow.EmbeddedKafka.csproj
}

# wait_until_up [LAUNCHER [SHOW]]: until everything is healthy, or something has failed, or the launcher is gone.
wait_until_up() {
    local launcher="${1:-}" show="${2:-}" code= before= waiting
    while true; do
        [[ -z $launcher ]] || kill -0 "$launcher" 2>/dev/null || return 1
        waiting="$(curl -s -w ' %{http_code}' --unix-socket "$socket" http://payflow/ready 2>/dev/null)" || waiting="the launcher 503"
        code="${waiting##* }"
        case "$code" in
            200) return 0 ;;
            500) return 1 ;;
        esac
        waiting="${waiting% *}"
        [[ -z $show || $waiting == "$before" ]] || say "waiting for $waiting"
        before="$waiting"
        sleep 0.3
    done
}

# With Aspire's own packages its orchestrator does everything; `dotnet run --project PayFlow.AppHost` is the same.
up_with_aspire() {
    local detach="$1"; shift
    local run=(dotnet run --project "$root/PayFlow.AppHost" -c "$configuration" --no-build -- --state "$state" "$@")
    if [[ -z $detach ]]; then exec "${run[@]}"; fi
    setsid "${run[@]}" >"$state/logs/apphost.log" 2>&1 </dev/null &
    mkdir -p "$state/run"
    echo $! >"$state/run/aspire.pid"
    say "Aspire starts the system in the background (log: $state/logs/apphost.log). Its dashboard: http://localhost:15000"
}

welcome() {
    local gateway key administrator
    gateway="$(control GET /endpoints/gateway/http)"
    key="$(control GET /parameters/test-api-key)"
    administrator="$(control GET /parameters/administrator-key)"
    cat <<WELCOME

PayFlow is up.
  API            $gateway
  API reference  $gateway/docs
  API key        $key   (test mode)
  administrator  $administrator   (merchants and their keys: /admin/v1)

A first payment:

  export PAYFLOW_API_KEY=$key
  TOKEN=\$(curl -s $gateway/v1/tokens -H "Authorization: Bearer \$PAYFLOW_API_KEY" -H 'Content-Type: application/json' \\
    -d '{"type":"card","card":{"number":"4242424242424242","exp_month":12,"exp_year":2030,"cvc":"123"}}' | grep -o 'tok_[^"]*')
  curl -s $gateway/v1/payments -H "Authorization: Bearer \$PAYFLOW_API_KEY" -H 'Content-Type: application/json' \\
    -H "Idempotency-Key: order-1" \\
    -d '{"amount":{"amount":1500,"currency":"USD"},"payment_method":{"type":"card","token":"'\$TOKEN'"}}'

WELCOME
}

system_down() {
    if [[ -f $state/run/aspire.pid ]]; then
        kill -TERM "$(cat "$state/run/aspire.pid")" 2>/dev/null || true
        rm -f "$state/run/aspire.pid"
        say "Aspire was asked to stop."
        return
    fi
    launcher_runs || { say "PayFlow does not run."; return; }
    control POST /stop >/dev/null
    local begin=$SECONDS
    while [[ -S $socket ]]; do
        ((SECONDS - begin < 60)) || fail "the launcher has not stopped within 60 s."
        sleep 0.1
    done
    say "PayFlow has stopped."
}

system_status() { control GET /status; }

system_logs() {
    local name="${1:-}" log
    [[ -n $name ]] || fail "logs of what? There are: $(cd "$state/logs" 2>/dev/null && ls ./*.log | sed 's|^./||; s|\.log$||' | tr '\n' ' ')"
    log="$state/logs/$name.log"
    [[ -f $log ]] || fail "there is no log of '$name' in $state/logs."
    if [[ ${2:-} == -f ]]; then exec tail -n 100 -F "$log"; fi
    cat "$log"
}

system_kill() {
    [[ -n ${1:-} ]] || fail "kill what? eng/payflow kill NAME"
    control POST "/resources/$1/kill"
}

system_start() { control POST "${1:+/resources/$1}/start"; }

system_run() {
    [[ -n ${2:-} ]] || fail "run what? eng/payflow run NAME COMMAND"
    control POST "/resources/$1/commands/$2"
}

system_republish() {
    control POST /resources/topics/start >/dev/null   # a broker that was wiped has no topics either
    wait_until_up || fail "not everything is healthy: eng/payflow status"
    control POST /commands/republish
}

system_env() {
    local gateway postgres api_key administrator_key ops_key password
    if launcher_runs; then
        gateway="$(control GET /endpoints/gateway/http)"
        postgres="$(control GET /endpoints/postgres/tcp)"
    elif [[ $(feed) == complete ]]; then
        gateway="http://localhost:$((8080 + ${PAYFLOW_PORTS_OFFSET:-0}))"
        postgres="tcp://localhost:$((5433 + ${PAYFLOW_PORTS_OFFSET:-0}))"
    else
        needs_launcher
    fi
    api_key="$(parameter test-api-key)"
    administrator_key="$(parameter administrator-key)"
    ops_key="$(parameter ops-key)"
    password="$(parameter postgres-password)"
    cat <<SETTINGS
export PAYFLOW_URL=$gateway
export PAYFLOW_PORTS_OFFSET=$((${gateway##*:} - 8080))
export PAYFLOW_API_KEY=$api_key
export PAYFLOW_ADMINISTRATOR_KEY=$administrator_key
export PAYFLOW_OPS_KEY=$ops_key
export PAYFLOW_POSTGRES='Host=localhost;Port=${postgres##*:};Username=postgres;Password=$password;Database=postgres'
SETTINGS
}

# parameter NAME: from the launcher; under Aspire, from the user secrets, where it keeps what it has generated.
parameter() {
    if launcher_runs; then control GET "/parameters/$1"; return; fi
    dotnet user-secrets list --project "$root/PayFlow.AppHost" | sed -nE "s/^Parameters:$1 = (.*)/\1/p"
}

system_demo() { run_against_system eng/demo/PayFlow.Demo.csproj "$@"; }

system_verify_ledger() { run_against_system eng/demo/PayFlow.Demo.csproj verify-ledger; }

system_bench() { run_against_system tests/PayFlow.Benchmarks/PayFlow.Benchmarks.csproj "$@"; }

# run_against_system PROJECT [ARGUMENT…]: a program of ours that is told by its environment where the system is.
run_against_system() {
    local project="$1" settings; shift
    settings="$(system_env)"
    eval "$settings"
    exec dotnet run --project "$root/$project" -c "$configuration" -- "$@"
}
