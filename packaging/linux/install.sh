#!/bin/sh
# Puts Minim into the menu of applications, for this person only; with --remove, takes it out again. Needs no root.
# Minim runs from this folder: call this again when the folder was moved.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$data/applications/minim.desktop
if [ "${1-}" = --remove ]; then
    rm -f "$entry" "$data"/icons/hicolor/*x*/apps/minim.png "$data/icons/hicolor/scalable/apps/minim.svg"
    echo "Minim is out of the menu. Its folder is still there: $here"
    exit 0
fi
# In Exec a quoted path has these four escaped by a backslash, and each backslash is doubled once more as in any value.
quoted=$(printf '%s' "$here/minim" | sed -e 's/[\\"`$]/\\&/g' -e 's/\\/\\\\/g' -e 's/%/%%/g')
mkdir -p "$data/applications"
while IFS= read -r line; do
    case $line in
        Exec=*) printf 'Exec="%s"\n' "$quoted" ;;
        *) printf '%s\n' "$line" ;;
    esac
done <"$here/share/applications/minim.desktop" >"$entry.new"
mv "$entry.new" "$entry"
(cd "$here/share/icons" && find hicolor -type f) | while IFS= read -r icon; do
    mkdir -p "$data/icons/$(dirname "$icon")"
    cp "$here/share/icons/$icon" "$data/icons/$icon"
done
if command -v update-desktop-database >/dev/null 2>&1; then
    update-desktop-database -q "$data/applications" || true
fi
echo "Minim is in the menu of applications. It runs from $here"
