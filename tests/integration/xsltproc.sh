#!/bin/sh
# SPDX-License-Identifier: MIT
# xsltproc over a document of 15,000 items.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need xsltproc perl python3

perl "$workloads/items.pl" >items.xml || fail "items.pl"
set -- xsltproc "$workloads/items.xsl" items.xml
compare_with_counter "$@"
compare_with_heaptrack 0.01 "$@"
