#!/usr/bin/env bash
# Make sure that a Chromium is there for the browser tests: the one that is, else Debian's package where we may install it.
set -eu
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if ! command -v apt-get >/dev/null 2>&1; then
  echo "No Chromium found and no apt-get to install it: browser tests will be left out. Set CHROMIUM to its path." >&2
  exit 0
fi
as_root=""
if [ "$(id -u)" != 0 ]; then
  if sudo -n true 2>/dev/null; then as_root="sudo -n"; else
    echo "No Chromium found, and this user may not install it: browser tests will be left out." >&2
    echo "Ask for: apt-get install chromium" >&2
    exit 0
  fi
fi
echo "== Installing Chromium (Debian's package) for the browser tests"
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends chromium >/dev/null
