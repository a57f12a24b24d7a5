#!/bin/sh
# SPDX-License-Identifier: MIT
# Forks without exec, while another thread allocates: the children live as
# without us, and the profile is the parent's, whole.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need python3

record_counted "$programs/forking" >ours.out 2>ours.err
expect "children that failed" 0 $?
summary base
compare_counts 0.01
expect "files" "base.hpc base.hpd base.hpm" "$(echo base*.hp?)"
