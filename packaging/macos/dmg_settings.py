"""What dmgbuild is told of the disk image; `defines` (from disk_image.py) is laid beside these names by it."""
# ruff: noqa: F821
# F821: dmgbuild runs this file with `defines` already there, and reads the names that it leaves.

APP, NOTICE = defines["app"], defines.get("notice")

format = "ULFO"  # read by every macOS since 10.11, and opened faster than the others
filesystem = "HFS+"
# No hide_extensions: it marks the app with an attribute that a strict check of the signature refuses.
files = [(APP, "Minim.app")]
symlinks = {"Applications": "/Applications"}
icon = defines["icon"]
# dmgbuild finds the @2x picture beside it and makes one file of both.
background = defines["background"]

# The window's content is as large as the picture, 640 × 440; its title bar is 28 high.
window_rect = ((200, 160), (640, 468))
default_view = "icon-view"
icon_size = 120
text_size = 13
icon_locations = {"Minim.app": (160, 155), "Applications": (480, 155)}

if NOTICE is not None:
    files.append((NOTICE, defines["notice_name"]))
    icon_locations[defines["notice_name"]] = (320, 325)
