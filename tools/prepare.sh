#!/usr/bin/env bash
# Sees to what pip cannot install. As root on Debian it installs what is missing, elsewhere it says what to install.
#   prepare.sh python     a Python that can make a virtual environment
#   prepare.sh servers    PostgreSQL, Java with Maven for Apache Kafka, kcat, which reads it, and strace: what `make test` starts
set -euo pipefail

PYTHON=${PYTHON:-python3}

refuse() {
  echo "sangkien: $*" >&2
  exit 1
}

# need WHY PACKAGE...
need() {
  local why=$1 said
  shift
  if [ "$(id -u)" != 0 ] || [ ! -e /etc/debian_version ]; then
    refuse "$why. Install it (on Debian or Ubuntu: sudo apt-get install $*), then run make again."
  fi
  echo "sangkien: $why; installing $*"
  mkdir -p /usr/share/man/man1 # Java's package fails to configure without it, and a minimal root has none.
  for step in "update" "install -y --no-install-recommends $*"; do
    # RUNLEVEL=1 keeps a freshly installed PostgreSQL from starting as a service: the tests start their own.
    # shellcheck disable=SC2086
    said=$(RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 $step 2>&1) ||
      refuse "apt-get $step failed:"$'\n'"$said"
  done
}

python() {
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    refuse "Python 3.11 or newer is needed, and $PYTHON is older or absent. Name another with make PYTHON=… ."
  "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || need "$PYTHON cannot make a virtual environment" python3-venv
  "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
    refuse "$PYTHON cannot make a virtual environment: its ensurepip module is missing. Name another Python with make PYTHON=… ."
}

servers() {
  local missing=()
  command -v postgres >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null || missing+=(postgresql)
  command -v java >/dev/null || missing+=(default-jre-headless)
  command -v mvn >/dev/null || missing+=(maven)
  command -v kcat >/dev/null || missing+=(kcat)
  command -v strace >/dev/null || missing+=(strace)
  [ ${#missing[@]} = 0 ] || need "The tests start real servers and programs, and this machine lacks some" "${missing[@]}"
}

case ${1:-} in
python | servers) "$1" ;;
*) refuse "usage: prepare.sh python|servers" ;;
esac
