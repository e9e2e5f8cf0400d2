#!/bin/sh
# Installs the programs of others that verify our logs in the tests: Go's note and tlog packages
# from Debian, sigstore's Python and JavaScript code, and pymerkle as an oracle for roots; and a C
# compiler for the tests that make a disk fail.
#
# Everything but Debian's packages lies below this directory, in places that git ignores, each in
# an environment of its own that knows nothing of the product. What is there and of the right
# version is left alone, so a second run takes a moment. Lock files pin every package by its hash.
#
# Usage: tests/strangers/setup.sh      after `make setup`; asks sudo only for Debian's packages

set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
go_sources=/usr/share/gocode # where Debian puts the sources of Go packages

say() { printf '%s\n' "verifiers: $*"; }
fail() { printf '%s\n' "verifiers: $*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null 2>&1 || fail "needs root to install Debian packages (become root, or install sudo)"
        sudo -- "$@"
    fi
}

debian_packages() {
    missing=
    command -v go >/dev/null 2>&1 || missing="$missing golang-go"
    [ -d $go_sources/src/golang.org/x/mod/sumdb/tlog ] || missing="$missing golang-golang-x-mod-dev"
    command -v node >/dev/null 2>&1 || missing="$missing nodejs"
    command -v npm >/dev/null 2>&1 || missing="$missing npm"
    # tests/scenarios/disk_faults.c is compiled by the tests themselves
    command -v gcc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
    [ -n "$missing" ] || return 0
    command -v dpkg-query >/dev/null 2>&1 || fail "this is not Debian; install by hand:$missing"
    say "installing$missing with apt-get"
    try="apt-get install --yes --quiet --no-install-recommends"
    # shellcheck disable=SC2086
    if ! as_root env DEBIAN_FRONTEND=noninteractive $try $missing >/dev/null 2>&1; then
        say "the package lists may be old: apt-get update, then once more"
        as_root apt-get update --quiet >/dev/null
        # shellcheck disable=SC2086
        as_root env DEBIAN_FRONTEND=noninteractive $try $missing >/dev/null
    fi
}

# Debian's Go packages are laid out for GOPATH, so no module is looked up anywhere.
go_verifier() {
    cd "$here/go"
    go version >build/version.new
    if [ -x build/verify ] && [ build/verify -nt main.go ] && cmp -s build/version.new build/version; then
        return 0
    fi
    say "building the verifier in Go"
    GO111MODULE=off GOPATH=$go_sources GOCACHE="$here/go/build/cache" GOFLAGS='' CGO_ENABLED=0 \
        go build -trimpath -o build/verify.new main.go
    rm -rf build/cache
    mv build/verify.new build/verify
    mv build/version.new build/version
}

# $1: a directory with requirements.txt
python_verifier() {
    place=$here/$1/.venv
    if [ -x "$place/bin/python" ] && cmp -s "$here/$1/requirements.txt" "$place/installed.txt"; then
        return 0
    fi
    say "installing Python packages for $1"
    rm -rf "$place"
    "$root/.venv/bin/python" -m venv --without-pip "$place"
    "$root/.venv/bin/python" -m pip --python "$place/bin/python" install --quiet \
        --disable-pip-version-check --require-hashes --no-deps \
        --requirement "$here/$1/requirements.txt"
    cp "$here/$1/requirements.txt" "$place/installed.txt"
}

npm_verifier() {
    cd "$here/npm"
    if cmp -s package-lock.json node_modules/installed.json; then
        return 0
    fi
    say "installing JavaScript packages"
    npm ci --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved \
        --loglevel=error >/dev/null
    cp package-lock.json node_modules/installed.json
}

[ -x "$root/.venv/bin/python" ] || fail "run make setup first"
debian_packages
mkdir -p "$here/go/build"
go_verifier
python_verifier python
python_verifier pymerkle
npm_verifier
say "Go, sigstore for Python and JavaScript, and pymerkle are ready"
