#!/usr/bin/env bash
# `npm test`: everything, from a clean clone on Debian or Ubuntu with Node >= 20 and npm.
#   npm test                      the whole suite
#   npm test -- <files>           only these test files
#   scripts/test.sh --missing     names the tools that are still missing, one a line, and runs nothing
# A RabbitMQ and a PostgreSQL are started for the tests and ended after them (see scripts/services), unless the
# environment names running ones. Other people's verifiers are part of the tests. What is missing is installed with apt-get; where that cannot be
# done, the tests that need the tool fail: nothing is skipped.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

# tool:Debian package; python3-X is the module X of Debian's own Python, and a path is a file
TOOLS=(xmlsec1:xmlsec1 xmllint:libxml2-utils javac:default-jdk-headless openssl:openssl
  pdfsig:poppler-utils certutil:libnss3-tools qpdf:qpdf /usr/share/java/pdfbox2.jar:libpdfbox2-java /usr/share/java/bcpkix.jar:libbcpkix-java
  softhsm2-util:softhsm2 python3-pika:python3-pika python3-lxml:python3-lxml python3-yaml:python3-yaml
  chromium:chromium)

has_tool() {
  case "$1" in
    python3-*) /usr/bin/python3 -c "import ${1#python3-}" >/dev/null 2>&1 ;;
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

missing_tools() {
  local entry
  for entry in "${TOOLS[@]}"; do
    has_tool "${entry%%:*}" || printf '%s\n' "${entry%%:*}"
  done
}

if [ "${1:-}" = '--missing' ]; then
  missing_tools
  scripts/services missing
  exit 0
fi

install_missing() {
  local packages=() entry as_root=()
  for entry in "${TOOLS[@]}"; do
    has_tool "${entry%%:*}" || packages+=("${entry#*:}")
  done
  [ "${#packages[@]}" -eq 0 ] && return
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "npm test: there is no apt-get here; install what gives you $(missing_tools | paste -sd ' '), or the tests that need them fail." >&2
    return
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! { command -v sudo && sudo -n true; } >/dev/null 2>&1; then
      echo "npm test: cannot install without root or password-less sudo; run: sudo apt-get install ${packages[*]}. Until then the tests that need them fail." >&2
      return
    fi
    as_root=(sudo -n)
  fi
  echo "npm test: installing ${packages[*]}" >&2
  "${as_root[@]}" apt-get update -qq </dev/null >&2
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null >&2; then
    echo "npm test: apt-get could not install ${packages[*]}; the tests that need them fail." >&2
  fi
}

install_missing

if [ ! -x node_modules/.bin/mocha ]; then
  npm ci </dev/null || exit 2
fi
# npm leaves out the optional binding for PKCS#11 where it cannot be built, such as without the headers of Node, which it
# would fetch: Debian has them, too, and their interface (Node-API) is the same for every Node.
if [ ! -d node_modules/pkcs11js ] && [ -f /usr/include/node/node_api.h ]; then
  npm_config_nodedir=/usr npm ci </dev/null || exit 2
fi
# The repository brings its own Node, which runs TypeScript as it is.
export PATH="$PWD/node_modules/.bin:$PATH"
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 18) ? 0 : 1)'; then
  echo "npm test: the tests need Node 22.18 or later and found $(node --version); run npm ci, which brings one." >&2
  exit 2
fi

node scripts/console.ts || exit 2

# A directory of its own: what somebody else started with the same script is left alone.
LIENTHONG_TEST_SERVICES_DIR=$(mktemp -d "${TMPDIR:-/tmp}/lienthong-test-XXXXXX")
export LIENTHONG_TEST_SERVICES_DIR
# The tests start some hundred processes: what Node has compiled for one of them serves the others.
NODE_COMPILE_CACHE=$(mktemp -d "${TMPDIR:-/tmp}/lienthong-test-compiled-XXXXXX")
export NODE_COMPILE_CACHE
end_services() {
  scripts/services stop 2>/dev/null || echo "npm test: the services in $LIENTHONG_TEST_SERVICES_DIR do not stop." >&2
  rm -rf "$NODE_COMPILE_CACHE"
}
trap end_services EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Each by itself: where one cannot be had, the tests of the other run all the same.
scripts/services start rabbitmq || echo 'npm test: without RabbitMQ, the tests that need it fail.' >&2
scripts/services start postgresql || echo 'npm test: without PostgreSQL, the tests that need it fail.' >&2
eval "$(scripts/services env)"

if [ "$#" -gt 0 ]; then
  mocha "$@"
else
  # rules.test.ts looks back at which tests ran: it comes last.
  mocha 'test/!(rules).test.ts' 'test/*/**/*.test.ts' 'test/rules.test.ts'
fi
