#!/bin/sh
# Compiles the contracts and rewrites artifacts/. Needs Node 18 or later and, the first time, the
# network; `cargo build` needs neither, because the artifacts are committed.
set -eu
cd "$(dirname "$0")"
npm ci --no-fund --no-audit --silent
exec node build.js
