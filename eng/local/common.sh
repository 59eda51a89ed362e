# Shared by eng/local/*: sourced, not run. Sets `port`, `state` and `root`.
set -euo pipefail

server="$(basename "$0")"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
state="${PAYFLOW_STATE:-$root/.payflow/local}"

say() { echo "$server: $*"; }
fail() { echo "$server: $*" >&2; exit 1; }

port_is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

[[ ${1:-} =~ ^[0-9]+$ && $1 -ge 1 && $1 -le 65535 ]] || fail "usage: eng/local/$server PORT (see eng/local/README.md)"
port="$1"
shift
! port_is_open "$port" || fail "port $port on 127.0.0.1 is taken already."
mkdir -p "$state"
state="$(cd "$state" && pwd)"
