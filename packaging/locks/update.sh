#!/bin/sh
# Writes the locks anew: exact versions and hashes for Linux and macOS, readable by a plain pip. Needs uv.
set -eu
cd "$(dirname "$0")/../.."
lock() {
    out=$1
    shift
    uv pip compile -q pyproject.toml "$@" --universal --python-version 3.11 --generate-hashes --no-header \
        --no-annotate --upgrade -o "packaging/locks/$out"
}
lock run.lock --group build
lock app.lock --group build --group app --constraint packaging/locks/run.lock
lock test.lock --group build --group test --group check
# torch comes apart from the lock, in its CPU build where there is one (see the Makefile): left out here, its own
# requirements named instead.
echo "torch; python_version < '0'" >build/no-torch.txt
lock all.lock --group build --group test --group check --group torch-needs --extra cuda --extra awq \
    --constraint packaging/locks/test.lock --override build/no-torch.txt
# olah is a hub server that others wrote, for one test to talk to. It wants an older psutil than Minim: apart, too.
echo "olah==0.5.4" >build/olah.in
uv pip compile -q build/olah.in --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --upgrade -o packaging/locks/olah.lock
# What packs the disk image on a Mac, and takes the wheels for macOS 14 there.
printf 'dmgbuild==1.6.7\nuv==0.13.9\n' >build/dmg.in
uv pip compile -q build/dmg.in --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --upgrade -o packaging/locks/dmg.lock
