#!/bin/sh
# Changes the contracts in one place after the other and asks whether the tests notice. --all takes
# every change (hours), otherwise a sample is taken (--sample N, --seed S, --file NAME).
set -eu
cd "$(dirname "$0")"
[ -d node_modules/solc ] || npm ci --no-fund --no-audit --silent
tests=$(cargo test --release -p assay-l1 --lib --no-run --message-format=json 2>/dev/null |
  sed -n 's/.*"executable":"\([^"]*assay_l1[^"]*\)".*/\1/p' | tail -1)
exec node mutate.js --tests "$tests" "$@"
