# Shared by eng/payflow's parts: sourced, not run. Needs `root`.

state="${PAYFLOW_STATE:-$root/.payflow/local}"
[[ $state == /* ]] || state="$PWD/$state"
socket="$state/control.sock"
configuration="${PAYFLOW_CONFIGURATION:-Debug}"

export MSBUILDDISABLENODEREUSE=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

say() { printf '%s\n' "$*"; }
fail() { printf 'payflow: %s\n' "$*" >&2; exit 1; }

# The kind of NuGet feed (eng/Feed.props); asks the feed the first time.
feed() {
    if [[ -n ${PAYFLOW_FEED_KNOWN:=${PayFlowFeed:-}} ]]; then :
    elif [[ -f $root/.payflow/Feed.props ]]; then PAYFLOW_FEED_KNOWN="$(sed -nE 's/.*<PayFlowFeed>([a-z]+)<.*/\1/p' "$root/.payflow/Feed.props")"
    else PAYFLOW_FEED_KNOWN="$("$root/eng/probe-feed" 2>/dev/null)" || fail "the NuGet feed does not answer. Check the connection, or say what it is: PayFlowFeed=complete or partial."
    fi
    printf '%s\n' "$PAYFLOW_FEED_KNOWN"
}

# Whether PayFlow's own launcher runs from this state directory. It is the one that can show, kill and start single processes.
launcher_runs() { [[ -S $socket ]] && curl -s -o /dev/null --unix-socket "$socket" http://payflow/status; }

# control METHOD PATH: asks the launcher; prints its answer, and fails with it where it refuses.
control() {
    local answer code
    answer="$(curl -sS -X "$1" -H 'Accept: text/plain' -w '\n%{http_code}' --unix-socket "$socket" "http://payflow$2" 2>/dev/null)" || needs_launcher
    code="${answer##*$'\n'}"
    answer="${answer%$'\n'*}"
    [[ $code == 200 ]] || fail "$answer"
    say "$answer"
}

needs_launcher() {
    [[ "$(feed)" != complete ]] || fail "this needs PayFlow's own launcher. With Aspire's packages the system runs under Aspire: use its dashboard, http://localhost:15000."
    fail "PayFlow does not run from $state. Start it: eng/payflow up."
}

seconds_since() { printf '%s s' "$((SECONDS - $1))"; }

# build_project FILE: says what it has built, and what is wrong.
build_project() {
    dotnet build "$root/$1" -c "$configuration" -v minimal -nologo --tl:off 2>&1 | sed -unE 's/^  ([^ ]+) -> .*/  built \1/p; /: (error|warning) /p' \
        || fail "the build failed: its errors stand above."
}
