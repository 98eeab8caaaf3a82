#!/bin/sh
# Prints where this machine's apt gets Debian from.
set -eu
apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | sort -u | head -n 1
