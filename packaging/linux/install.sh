#!/bin/sh
# Puts Minim into the menu of applications, for this person only; with --remove, takes it out again. Needs no root.
# Minim runs from this folder: call this again when the folder was moved.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$data/applications/minim.desktop

tell_the_desktop() {
    if command -v update-desktop-database >/dev/null 2>&1; then
        update-desktop-database -q "$data/applications" || true
    fi
    touch -c "$data/icons/hicolor" # an icon cache that is older than this is not read
}

opens_folders() { # what a folder is opened with by a double click
    if command -v xdg-mime >/dev/null 2>&1; then xdg-mime query default inode/directory 2>/dev/null || true; fi
}

if [ "${1-}" = --remove ]; then
    rm -f "$entry" "$data"/icons/hicolor/*x*/apps/minim.png "$data/icons/hicolor/scalable/apps/minim.svg"
    tell_the_desktop
    echo "Minim is out of the menu. Its folder is still there: $here"
    exit 0
fi
if [ -n "${1-}" ]; then
    echo "install.sh puts Minim into the menu of applications, install.sh --remove takes it out. It knows no $1." >&2
    exit 2
fi
# In Exec a quoted path has these four escaped by a backslash, and each backslash is doubled once more as in any value.
quoted=$(printf '%s' "$here/minim" | sed -e 's/[\\"`$]/\\&/g' -e 's/\\/\\\\/g' -e 's/%/%%/g')
plain=$(printf '%s' "$here/minim" | sed -e 's/\\/\\\\/g')
before=$(opens_folders)
mkdir -p "$data/applications"
while IFS= read -r line; do
    case $line in
        # With TryExec the entry is not shown any more when the folder is gone.
        Exec=*) printf 'Exec="%s" %%f\nTryExec=%s\n' "$quoted" "$plain" ;;
        *) printf '%s\n' "$line" ;;
    esac
done <"$here/share/applications/minim.desktop" >"$entry.new"
mv "$entry.new" "$entry"
(cd "$here/share/icons" && find hicolor -type f) | while IFS= read -r icon; do
    mkdir -p "$data/icons/$(dirname "$icon")"
    cp "$here/share/icons/$icon" "$data/icons/$icon"
    chmod u+w "$data/icons/$icon"
done
tell_the_desktop
# Minim is offered by "Open with" for a model's folder. Where no preference is kept, it would come first of all from now
# on, and a double click on any folder would open it.
if [ -n "$before" ] && [ "$before" != minim.desktop ] && [ "$(opens_folders)" = minim.desktop ]; then
    xdg-mime default "$before" inode/directory
fi
echo "Minim is in the menu of applications. It runs from $here"
