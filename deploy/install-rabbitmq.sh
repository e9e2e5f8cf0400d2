#!/bin/sh
# Installs what `make demo` and `make test` need from Debian: RabbitMQ and Python's venv module.
#
# Debian's rabbitmq-server package enables and starts a broker on the default ports. Nobody here
# wants that one (this project starts its own, private broker), so the start is forbidden by a
# policy-rc.d for the time of the installation, and the services that came in are disabled after
# it. What was on the machine before is left as it was. A second run finds everything in place and
# changes nothing.
#
# Usage: deploy/install-rabbitmq.sh      as root, or as a user who may use sudo

set -eu

policy=/usr/sbin/policy-rc.d
saved=/usr/sbin/policy-rc.d.before-relec
mark='relec-exchange: temporary'

say() { printf '%s\n' "install: $*"; }
fail() { printf '%s\n' "install: $*" >&2; exit 1; }

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

# Puts back what a finished, failed or killed run left behind.
restore_policy() {
    if [ -f "$policy" ] && grep -q "$mark" "$policy"; then rm -f "$policy"; fi
    if [ -e "$saved" ]; then mv -f "$saved" "$policy"; fi
}

# True when the policy in force already forbids to start the broker (containers often have one).
policy_forbids() {
    [ -x "$policy" ] || return 1
    code=0
    "$policy" rabbitmq-server start >/dev/null 2>&1 || code=$?
    [ "$code" -eq 101 ]
}

forbid_start() {
    restore_policy
    if policy_forbids; then
        say "$policy already keeps services from starting; it stays as it is"
        return
    fi
    if [ -e "$policy" ]; then mv "$policy" "$saved"; fi
    trap restore_policy EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # Only the two services that come with RabbitMQ are refused; the saved policy decides the rest.
    cat >"$policy" <<POLICY
#!/bin/sh
# $mark, removed when the installation ends
for word in "\$@"; do
    case "\$word" in rabbitmq-server* | epmd*) exit 101 ;; esac
done
if [ -x $saved ]; then exec $saved "\$@"; fi
exit 0
POLICY
    chmod 0755 "$policy"
}

disable() {
    if command -v systemctl >/dev/null 2>&1; then
        systemctl disable "$1" >/dev/null 2>&1 || true
    else
        # No systemd here (a container, say); it may come later and would find these links.
        rm -f /etc/systemd/system/*.wants/"$1"
    fi
    if [ -x "/etc/init.d/${1%.service}" ] && command -v update-rc.d >/dev/null 2>&1; then
        update-rc.d "${1%.service}" disable >/dev/null 2>&1 || true
    fi
}

install_as_root() {
    new_erlang=no
    installed erlang-base || new_erlang=yes
    case " $* " in *" rabbitmq-server "*) forbid_start ;; esac
    say "installing $* with apt-get"
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    try="apt-get install --yes --quiet --no-install-recommends"
    # shellcheck disable=SC2086
    if ! $try "$@" >/dev/null 2>&1; then
        say "the package lists may be old: apt-get update, then once more"
        apt-get update --quiet >/dev/null
        $try "$@"
    fi
    case " $* " in
        *" rabbitmq-server "*)
            disable rabbitmq-server.service
            # epmd is Erlang's port mapper; ours is private too. One that was here before stays.
            if [ "$new_erlang" = yes ]; then
                disable epmd.service
                disable epmd.socket
            fi
            say "the default broker of the package is neither running nor enabled"
            ;;
    esac
}

main() {
    command -v dpkg-query >/dev/null 2>&1 || fail "this is not Debian; install RabbitMQ >= 3.10 (with rabbitmqctl) and Python's venv by hand"
    missing=
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing="$missing rabbitmq-server"
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    if [ -z "$missing" ]; then
        say "RabbitMQ and Python's venv are installed; nothing to do"
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || fail "needs root to install:$missing (become root, or install sudo)"
        say "needs root to install:$missing; asking sudo"
        exec sudo -- sh "$0" "$@"
    fi
    # shellcheck disable=SC2086
    install_as_root $missing
}

main "$@"
