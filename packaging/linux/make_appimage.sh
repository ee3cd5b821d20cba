#!/bin/sh
# Makes an AppImage of the folder that `make app` laid out.   make_appimage.sh BUNDLE WORK APPIMAGE
# Takes mksquashfs from the PATH. The runtime is fetched once into WORK, and held against the checksum that is kept
# here; RUNTIME=FILE takes one of your own instead. With APPIMAGE=- only the folder is laid out: WORK/Minim.AppDir.
set -eu
bundle=$1
work=$2
image=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

lay_out() { # BUNDLE APPDIR
    rm -rf "$2"
    mkdir -p "$2/usr/lib"
    cp -al "$1" "$2/usr/lib/minim" 2>/dev/null || cp -a "$1" "$2/usr/lib/minim"
    mv "$2/usr/lib/minim/share" "$2/usr/share"
    rm "$2/usr/lib/minim/install.sh" "$2/usr/lib/minim/README.txt"
    ln -s usr/lib/minim/minim "$2/AppRun"
    ln -s usr/share/applications/minim.desktop "$2/minim.desktop"
    ln -s usr/share/icons/hicolor/256x256/apps/minim.png "$2/minim.png"
    ln -s minim.png "$2/.DirIcon"
}

fetch_runtime() { # FILE
    url=$(sed -n 2p "$here/appimage-runtime.txt")
    sum=$(sed -n 3p "$here/appimage-runtime.txt")
    if [ ! -f "$1" ] && ! curl --fail --silent --show-error --location --retry 3 --output "$1.new" "$url"; then
        echo "An AppImage begins with the runtime of the AppImage project, which could not be fetched:" >&2
        printf '\n  %s\n\n' "$url" >&2
        echo "Fetch it elsewhere, and call make appimage RUNTIME=FILE." >&2
        exit 1
    fi
    if [ -f "$1.new" ]; then mv "$1.new" "$1"; fi
    if ! echo "$sum  $1" | sha256sum --check --quiet >/dev/null 2>&1; then
        rm -f "$1"
        echo "What $url gave is not the runtime that is meant: its checksum differs from the one in $here/appimage-runtime.txt." >&2
        exit 1
    fi
}

if [ "$image" != - ] && ! command -v mksquashfs >/dev/null 2>&1; then
    echo "make appimage needs mksquashfs: sudo apt-get install squashfs-tools (Fedora: sudo dnf install squashfs-tools)." >&2
    exit 1
fi
mkdir -p "$work"
if [ "$image" != - ]; then
    runtime=${RUNTIME:-$work/runtime-x86_64}
    if [ -z "${RUNTIME:-}" ]; then fetch_runtime "$runtime"; fi
fi
lay_out "$bundle" "$work/Minim.AppDir"
if [ "$image" = - ]; then exit 0; fi
# The runtime reads gzip and zstd. Blocks of 256 KiB: larger ones pack better, and make each first read of a file longer.
mksquashfs "$work/Minim.AppDir" "$work/Minim.squashfs" -root-owned -noappend -quiet -no-progress \
    -comp zstd -Xcompression-level 19 -b 256K
cat "$runtime" "$work/Minim.squashfs" >"$image.new"
rm "$work/Minim.squashfs"
chmod 755 "$image.new"
mv "$image.new" "$image"
