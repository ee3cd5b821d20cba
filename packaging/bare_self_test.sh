#!/bin/sh
# Runs a built app's self-test as on a machine of its own: no environment but the display, an empty home, and on the PATH
# what a double click gives on macOS, on Linux nothing (and so no Python). Its report is left in REPORT, otherwise in
# minim-report.txt in this folder: it is what helps when something failed.     bare_self_test.sh PROGRAM [REPORT]
set -eu
program=$1
case $program in /*) ;; *) program=$PWD/$program ;; esac
report=${2:-minim-report.txt}
case $report in /*) ;; *) report=$PWD/$report ;; esac
mkdir -p "$(dirname "$report")"
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
path=$home
if [ "$(uname -s)" = Darwin ]; then path=/usr/bin:/bin:/usr/sbin:/sbin; fi
cd "$home"
/usr/bin/env -i HOME="$home" TMPDIR="$home" PATH="$path" LANG=C.UTF-8 ${DISPLAY:+DISPLAY="$DISPLAY"} \
    ${XAUTHORITY:+XAUTHORITY="$XAUTHORITY"} "$program" --self-test "$report"
