#!/bin/sh
# In CI: lays the Developer ID and the notary's key where `make dmg` finds them, and with --remove takes them away again.
# Reads CERTIFICATE (a .p12 file in base64), CERTIFICATE_PASSWORD and NOTARY_KEY (the text of a .p8 file); does nothing
# without them. Prints no secret, and leaves only the identity's name and a path to the steps that follow.
set -eu
umask 077
keychain=$RUNNER_TEMP/minim-signing.keychain-db
key=$RUNNER_TEMP/minim-notary.p8
certificate=$RUNNER_TEMP/minim-certificate.p12

if [ "${1-}" = --remove ]; then
    if [ -e "$keychain" ]; then security delete-keychain "$keychain"; fi
    rm -f "$key" "$certificate"
    exit 0
fi
if [ -z "${CERTIFICATE-}" ]; then
    echo "There is no certificate: the app is signed ad hoc, and the image says how to open it."
    exit 0
fi

trap 'rm -f "$certificate"' EXIT
printf '%s' "$CERTIFICATE" | base64 --decode >"$certificate"
password=$(openssl rand -hex 24)
security create-keychain -p "$password" "$keychain"
security set-keychain-settings -lut 7200 "$keychain"
security unlock-keychain -p "$password" "$keychain"
security import "$certificate" -k "$keychain" -P "$CERTIFICATE_PASSWORD" -t cert -f pkcs12 -T /usr/bin/codesign >/dev/null
# Without this codesign asks in a window, where nobody answers.
security set-key-partition-list -S apple-tool:,apple: -s -k "$password" "$keychain" >/dev/null
security list-keychains -d user -s "$keychain" login.keychain-db

identity=$(security find-identity -v -p codesigning "$keychain" | sed -n 's/.*"\(Developer ID Application: .*\)".*/\1/p' | head -n 1)
if [ -z "$identity" ]; then
    echo "The certificate holds no Developer ID Application identity." >&2
    exit 1
fi
echo "MINIM_SIGN_IDENTITY=$identity" >>"$GITHUB_ENV"
if [ -n "${NOTARY_KEY-}" ]; then
    printf '%s\n' "$NOTARY_KEY" >"$key"
    echo "MINIM_NOTARY_KEY=$key" >>"$GITHUB_ENV"
fi
