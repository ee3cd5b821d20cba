#!/bin/sh
# Runs a built app's self-test as on a machine of its own: no environment but the display, an empty home, and on the PATH
# what a double click gives on macOS, on Linux nothing (and so no Python).     bare_self_test.sh PROGRAM
set -eu
program=$1
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
path=$home
if [ "$(uname -s)" = Darwin ]; then path=/usr/bin:/bin:/usr/sbin:/sbin; fi
cd "$home"
/usr/bin/env -i HOME="$home" TMPDIR="$home" PATH="$path" LANG=C.UTF-8 ${DISPLAY:+DISPLAY="$DISPLAY"} \
    ${XAUTHORITY:+XAUTHORITY="$XAUTHORITY"} "$program" --self-test
