#!/bin/sh
# Makes what the project runs on: .venv from the locked requirements, and the programs of
# PostgreSQL and RabbitMQ where they are missing. Starts no server and touches none.
# Safe to repeat: with nothing to do it takes a few hundredths of a second.
#
#   deploy/bootstrap.sh          what `make run` needs
#   deploy/bootstrap.sh --dev    and what the tests need
#
# PYTHON names another interpreter than python3.11 or python3.
set -eu
cd "$(dirname "$0")/.."

say() { echo "bootstrap: $*" >&2; }
fail() { say "$*"; exit 1; }

as_root() { [ "$(id -u)" -eq 0 ]; }

# --- programs -------------------------------------------------------------------------------------

forbid_service_starts() {  # Debian starts a server on installing it; policy-rc.d says no
    policy=/usr/sbin/policy-rc.d
    [ -e "$policy" ] && return 0
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
}

apt_install() {
    say "installing $* with apt-get"
    forbid_service_starts
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    apt-get -qq update >"$log" 2>&1 || say "the package lists could not be refreshed; trying with the ones at hand"
    apt-get -qq install -y --no-install-recommends "$@" >>"$log" 2>&1 || { cat "$log" >&2; fail "apt-get could not install: $*"; }
    rm -f "$log"
}

install() {  # install <what it is for> <debian packages> <brew formulas>
    if command -v apt-get >/dev/null && as_root; then
        apt_install $2
    elif command -v apt-get >/dev/null; then
        fail "$1 missing. As root: apt-get install $2"
    elif command -v brew >/dev/null && ! as_root; then
        say "installing $3 with brew"
        brew install $3 >&2
    else
        fail "$1 missing. Please install it with your system's package manager."
    fi
}

has_postgres() {
    for place in ${POSTGRES_BIN:-} /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin \
        /usr/local/opt/postgresql@*/bin; do
        [ -x "$place/initdb" ] && return 0
    done
    command -v initdb >/dev/null
}

has_rabbitmq() {
    [ -x "${RABBITMQ_BIN:-/usr/lib/rabbitmq/bin}/rabbitmq-server" ] || [ -x /opt/homebrew/sbin/rabbitmq-server ] ||
        command -v rabbitmq-server >/dev/null
}

need_programs() {
    [ -n "${POSTGRES_ADMIN_URL:-}" ] && [ "$lockset" != dev ] || has_postgres ||
        install "PostgreSQL is" postgresql postgresql@15
    [ -n "${RABBITMQ_URL:-}" ] && [ "$lockset" != dev ] || has_rabbitmq ||
        install "RabbitMQ is" rabbitmq-server rabbitmq
    command -v ps >/dev/null || install "ps is" procps ""
}

# --- python ---------------------------------------------------------------------------------------

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-python3.11 python3 python3.12 python3.13}; do
        if new_enough "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    fail "Python 3.11 or newer is needed (PYTHON=... names one)."
}

make_venv() {
    [ -x .venv/bin/python ] && new_enough .venv/bin/python && return 0
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install "Python's venv module is" python3-venv python
    say "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

one_at_a_time() {  # where flock exists; two bootstraps in one folder would spoil .venv
    command -v flock >/dev/null || return 0
    mkdir -p .local
    exec 9> .local/bootstrap.lock
    flock 9
}

install_locked() {  # install_locked <lock file>; its checksum is kept beside what was installed from it
    stamp=".venv/.$1.installed"
    sum=$(cksum < "$1")
    [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return 0
    say "installing $1 (a minute or so the first time)"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r "$1" >&2
    remove_unnamed
    echo "$sum" > "$stamp"
}

remove_unnamed() {  # what neither lock names any more must not be found by those who look for plugins
    unnamed=$(.venv/bin/python -m pip freeze --disable-pip-version-check | sed 's/[ =].*//' | tr 'A-Z_.' 'a-z--' |
        while read -r name; do grep -qi "^$name==" requirements.txt requirements-dev.txt || echo "$name"; done)
    [ -z "$unnamed" ] || .venv/bin/python -m pip uninstall -qq --disable-pip-version-check -y $unnamed >&2
}

case "${1:-}" in
    "") lockset=run ;;
    --dev) lockset=dev ;;
    *) fail "usage: deploy/bootstrap.sh [--dev]" ;;
esac
one_at_a_time
need_programs
make_venv
install_locked requirements.txt
[ "$lockset" = run ] || install_locked requirements-dev.txt
