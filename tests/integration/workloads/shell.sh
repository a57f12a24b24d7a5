#!/bin/bash
# Subshells, pipelines, process substitution, a coprocess, traps, signals, and
# an exit status of its own.
x=$(for i in 3 1 2; do echo $i; done | sort -r | tr '\n' ' ')
echo "sorted $x"
cat <(echo one) <(echo two)
coproc cat
echo hi >&"${COPROC[1]}"
read -r -u "${COPROC[0]}" answer
echo "coprocess $answer"
trap 'echo at the end' EXIT
trap 'echo got USR1' USR1
kill -USR1 $$
(exit 3)
echo "subshell $?"
(kill -TERM "$BASHPID")
echo "killed $?"
crashed=$({ sh -c 'kill -SEGV $$'; echo $?; } 2>/dev/null)
echo "crashed $crashed"
seq 1 2000 | while read -r n; do echo "$n$n"; done | tail -n 1
echo to stderr >&2
exit 5
