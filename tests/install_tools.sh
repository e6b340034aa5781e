#!/bin/sh
# The tests need a browser (Chromium) and, to open the DOCX of reports, LibreOffice, a font with the
# metrics of Times New Roman and Vietnamese letters, and poppler; put Debian's there when there is none.
set -eu

missing=""
found=""
for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$browser" ] && command -v "$browser" >/dev/null 2>&1; then
        found="$browser"
    fi
done
[ -n "$found" ] || missing="chromium"
command -v soffice >/dev/null 2>&1 || missing="$missing libreoffice-writer-nogui"
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
fc-match "Times New Roman:lang=vi" 2>/dev/null | grep -qiE "times|termes|liberation|tinos" ||
    missing="$missing fonts-liberation2"
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need Chromium (CHROMIUM may name it) and LibreOffice's soffice: install them, and Liberation Serif." >&2
    exit 2
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "The tests need more: run 'apt-get install $missing' as root." >&2
        exit 2
    }
    as_root="sudo"
fi
echo "Installing for the tests, once: $missing …"
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
