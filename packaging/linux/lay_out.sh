#!/bin/sh
# Lays what a Linux desktop needs beside the program that PyInstaller built.   lay_out.sh BUNDLE ICONS
set -eu
bundle=$1
icons=$2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
mkdir -p "$bundle/share/applications" "$bundle/share/icons/hicolor/scalable/apps"
cp "$here/minim.desktop" "$bundle/share/applications/"
cp "$here/install.sh" "$here/README.txt" "$root/LICENSE" "$bundle/"
cp "$root/resources/icons/minim.svg" "$bundle/share/icons/hicolor/scalable/apps/"
for size in 16 24 32 48 64 128 256 512; do
    mkdir -p "$bundle/share/icons/hicolor/${size}x$size/apps"
    cp "$icons/minim-$size.png" "$bundle/share/icons/hicolor/${size}x$size/apps/minim.png"
done
