# What PayFlow needs of the machine: installed with apt where that is allowed, named where it is not.

# require PURPOSE [RESOURCES]: `up` needs the servers, `test` the tools of the interop tests too.
require() {
    command -v dotnet >/dev/null || fail "the .NET SDK is missing. Install version 10: https://dot.net/download."
    (cd "$root" && dotnet --version >/dev/null 2>&1) || fail "the installed .NET SDKs are older than global.json asks for. Install version 10: https://dot.net/download."

    local missing=()
    have curl || missing+=(curl)
    if [[ $(feed) == partial || ${2:-} == local ]] || ! container_runtime; then
        has_postgres || missing+=(postgresql)
        have redis-server || have valkey-server || missing+=(redis-server)
        [[ -z ${KAFKA_HOME:-} ]] || have java || missing+=(openjdk-17-jre-headless)
    fi
    if [[ $(feed) == partial ]]; then
        have gcc || missing+=(gcc libc6-dev)
        have make || missing+=(make)
        [[ -e /usr/include/openssl/ssl.h ]] || missing+=(libssl-dev)
        [[ -e /usr/include/zlib.h ]] || missing+=(zlib1g-dev)
        have npm || missing+=(npm)
    fi
    if [[ $1 == test ]]; then
        have node || missing+=(nodejs)
        have chromium || have "${CHROMIUM:-no-browser}" || missing+=(chromium)
    fi
    [[ ${#missing[@]} == 0 ]] || install "${missing[@]}"
}

have() { command -v "$1" >/dev/null; }
has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || have pg_config; }
container_runtime() { { have docker && timeout 5 docker info; } >/dev/null 2>&1 || { have podman && timeout 5 podman info; } >/dev/null 2>&1; }

install() {
    local as_root=()
    [[ $(id -u) == 0 ]] || as_root=(sudo -n)
    if ! have apt-get || { [[ $(id -u) != 0 ]] && ! sudo -n true 2>/dev/null; }; then
        fail "missing: $*. Install them, on Debian and Ubuntu with: sudo apt-get install $*"
    fi

    say "installing $*"
    local log; log="$(mktemp)"
    apt_install "$@" >"$log" 2>&1 || { "${as_root[@]}" apt-get update -qq >>"$log" 2>&1 && apt_install "$@" >>"$log" 2>&1; } \
        || { tail -n 20 "$log" >&2; fail "apt-get could not install $*."; }
    rm -f "$log"
}

apt_install() {
    local quietly=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends)
    if [[ " $* " == *" postgresql "* ]]; then
        # Debian would make and start a cluster on port 5432, which nobody here uses.
        local settings=/etc/postgresql-common/createcluster.conf
        "${quietly[@]}" postgresql-common || return
        "${as_root[@]}" sed -i.payflow -E 's/^#?\s*create_main_cluster.*/create_main_cluster = false/' "$settings"
        "${quietly[@]}" "$@"; local code=$?
        "${as_root[@]}" mv "$settings.payflow" "$settings"
        return $code
    fi
    "${quietly[@]}" "$@"
}
