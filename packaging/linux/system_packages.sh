#!/bin/sh
# What Debian and Ubuntu need beside Minim: the libraries that Qt loads, fonts, and a display that is not there (Xvfb).
set -eu
sudo apt-get update -qq
sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libxcb-cursor0 libxcb-icccm4 \
    libxcb-keysyms1 libxcb-image0 libxcb-render-util0 fonts-dejavu-core fonts-noto-cjk xvfb xauth
