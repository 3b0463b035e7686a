#!/usr/bin/env bash
# Make sure that decision records can be set as PDFs: pango for WeasyPrint, and fonts in which people's names are written.
# Debian has them as packages. Where they cannot be installed everything else works, records open as pages, and the
# application says what is missing.
set -eu
packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-noto-core fonts-wqy-microhei"
without="no PDFs of decision records here, or not of those that hold letters without a font"
if ! command -v apt-get >/dev/null 2>&1; then
  if ! "${1:-python3}" -W ignore -c "import weasyprint" >/dev/null 2>&1; then
    echo "No pango found and no apt-get to install it: no PDFs of decision records here. Install pango and fonts." >&2
  fi
  exit 0
fi
missing=""
for package in $packages; do
  if ! dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then missing="$missing $package"; fi
done
if [ -z "$missing" ]; then exit 0; fi
as_root=""
if [ "$(id -u)" != 0 ]; then
  if sudo -n true 2>/dev/null; then as_root="sudo -n"; else
    echo "This user may not install Debian's packages: $without. Ask for: apt-get install$missing" >&2
    exit 0
  fi
fi
echo "== Installing what PDFs of decision records need (Debian's packages:$missing)"
# shellcheck disable=SC2086
if ! { $as_root apt-get update -qq &&
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null; }; then
  echo "Debian's packages could not be had: $without. Later: apt-get install$missing" >&2
fi
