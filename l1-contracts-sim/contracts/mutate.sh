#!/bin/sh
# Changes the contracts in one place after the other and asks whether the tests notice. --all takes
# every change (an estimated half hour), otherwise a sample is taken (--sample N, --seed S), or those whose
# name fits a pattern (--only PATTERN). --jobs N runs so many tests at a time.
set -eu
cd "$(dirname "$0")"
[ -d node_modules/solc ] || npm ci --no-fund --no-audit --silent
tests=$(cargo test --workspace --release --lib --no-run --message-format=json 2>/dev/null |
  sed -n 's/.*"executable":"\([^"]*assay_l1[^"]*\)".*/\1/p' | tail -1)
exec node mutate.js --tests "$tests" "$@"
