#!/usr/bin/env bash
# `npm run test:faults [-- options]`: the fault suite, test/faults/main.ts, with a RabbitMQ and a PostgreSQL of its own,
# which it kills again and again. LIENTHONG_TEST_SERVICES_DIR may name services that scripts/services has started already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/node_modules/.bin:$PATH"
for word in "$@"; do [ "$word" != --help ] || exec node test/faults/main.ts --help; done
if [ -z "${LIENTHONG_TEST_SERVICES_DIR:-}" ]; then
  LIENTHONG_TEST_SERVICES_DIR=$(mktemp -d "${TMPDIR:-/tmp}/lienthong-faults-services-XXXXXX")
  export LIENTHONG_TEST_SERVICES_DIR
  unset LIENTHONG_TEST_AMQP_URL LIENTHONG_TEST_RABBITMQ_API LIENTHONG_TEST_POSTGRES_URL # what it kills must be its own
  trap 'scripts/services stop' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  scripts/services start
fi
eval "$(scripts/services env)"
node test/faults/main.ts "$@"
