#!/bin/sh
# The disk image for macOS: the application beside a link to where it belongs.
#     make_dmg.sh dist/Scram.app dist/scram-X.Y.Z-macos-arm64.dmg
# Signed and notarised where SIGN_AS names an identity and NOTARY_PROFILE a stored credential; ad hoc otherwise, and
# then macOS asks its user before the first start. Written and linted; it has not been run on macOS yet.
set -eu

app=$1
image=$2
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

codesign --force --deep --timestamp="${SIGN_TIMESTAMP:-none}" --options runtime --sign "${SIGN_AS:--}" "$app"
codesign --verify --deep --strict "$app"

cp -R "$app" "$stage/"
ln -s /Applications "$stage/Applications"
rm -f "$image"
hdiutil create -volname Scram -srcfolder "$stage" -fs HFS+ -format UDZO "$image"

if [ -n "${NOTARY_PROFILE:-}" ]; then
    xcrun notarytool submit "$image" --keychain-profile "$NOTARY_PROFILE" --wait
    xcrun stapler staple "$image"
fi
