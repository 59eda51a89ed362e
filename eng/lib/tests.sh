# Tests, and what is checked before a push.

tests_test() {
    local begin=$SECONDS filter=() results code=0
    [[ -z ${1:-} ]] || filter=(--filter "FullyQualifiedName~$1")
    require test
    cd "$root"
    say "building"
    build_project PayFlow.sln
    say "built in $(seconds_since $begin); testing"

    # Two test projects side by side: each waits more than half of its time (for leases, for back-offs, for servers that start).
    # Their databases and brokers write to memory where there is room for them: they are killed, but the machine is not switched off.
    if [[ -z ${TMPDIR:-} && -d /dev/shm && $(df --output=avail -BG /dev/shm | tail -1 | tr -dc 0-9) -ge 8 ]]; then export TMPDIR=/dev/shm; fi
    # Services that live for seconds are not worth what would make them fast for weeks.
    export DOTNET_TieredPGO=0 DOTNET_gcServer=0
    results="$(mktemp)"
    { dotnet test PayFlow.sln -c "$configuration" --no-build --nologo -m:2 "${filter[@]}" 2>&1 || echo "exit code $?"; } | tee "$results" |
        grep --line-buffered -vE '^(Test run for|A total of|No test matches|exit code|$)' || true
    summarize "$results" || code=$?
    rm -f "$results"
    say "$([[ $code == 0 ]] && echo "all passed" || echo "FAILED") in $(seconds_since $begin), build included"
    return $code
}

# Adds up the last line of each test project: "Passed!  - Failed:     0, Passed:    12, Skipped:     0, Total:    12, Duration: …"
# Fails when a test failed, when dotnet test did, or when there was no test at all.
summarize() {
    sed -nE 's/.*Failed: *([0-9]+), Passed: *([0-9]+), Skipped: *([0-9]+),.*/\1 \2 \3/p' "$1" | awk '
        { failed += $1; passed += $2; skipped += $3 }
        END { printf "%d passed, %d failed, %d skipped in %d test projects\n", passed, failed, skipped, NR; exit !(passed > 0 && failed == 0) }' &&
        ! grep -q '^exit code' "$1"
}

tests_check() {
    require test
    cd "$root"
    say "checking the format"
    dotnet format PayFlow.sln --verify-no-changes --no-restore -v quiet || fail "some files are not formatted: dotnet format PayFlow.sln"
    tests_test
}
