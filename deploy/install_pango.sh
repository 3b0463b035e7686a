#!/usr/bin/env bash
# Make sure that decision records can be set as PDFs: WeasyPrint needs pango, which Debian has as a package. Where it
# cannot be installed everything else works, records open as pages, and the application says what is missing.
set -eu
python="${1:-python3}"
if "$python" -W ignore -c "import weasyprint" >/dev/null 2>&1; then exit 0; fi
wanted="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
if ! command -v apt-get >/dev/null 2>&1; then
  echo "No pango found and no apt-get to install it: no PDFs of decision records here. Install pango for them." >&2
  exit 0
fi
as_root=""
if [ "$(id -u)" != 0 ]; then
  if sudo -n true 2>/dev/null; then as_root="sudo -n"; else
    echo "No pango found, and this user may not install it: no PDFs of decision records here." >&2
    echo "Ask for: apt-get install $wanted" >&2
    exit 0
  fi
fi
echo "== Installing pango (Debian's packages) for PDFs of decision records"
if ! { $as_root apt-get update -qq &&
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $wanted >/dev/null; }; then
  echo "Debian's packages could not be had: no PDFs of decision records here. Later: apt-get install $wanted" >&2
fi
