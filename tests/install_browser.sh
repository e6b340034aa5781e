#!/bin/sh
# The browser tests need Chromium; put Debian's there when there is none.
set -eu

for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$browser" ] && command -v "$browser" >/dev/null 2>&1; then
        exit 0
    fi
done

if ! command -v apt-get >/dev/null 2>&1; then
    echo "The browser tests need Chromium: install it, or set CHROMIUM to its path." >&2
    exit 2
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "The browser tests need Chromium: run 'apt-get install chromium' as root." >&2
        exit 2
    }
    as_root="sudo"
fi
echo "Installing Chromium for the browser tests, once …"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
