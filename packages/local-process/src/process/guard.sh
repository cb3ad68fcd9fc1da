#!/bin/sh
# guard.sh STOP_SIGNAL GRACE_SECONDS COMMAND...
#
# Becomes COMMAND (same pid), which then cannot outlive the process that started it: descriptor 3 is a pipe whose
# other end only that process holds. When it ends, however it ends, the kernel closes the pipe, the guard below
# wakes, asks the command to stop, and after the grace kills its whole process group.
# Node cannot reach PR_SET_PDEATHSIG; this needs nothing but a shell.
signal=$1
grace=$2
shift 2
main=$$
# Twice in the background: no child of the command, which may wait for its children and wonder about this one.
(
  (
    trap '' HUP INT TERM QUIT
    read -r _ <&3
    kill -s CONT "$main"
    kill -s "$signal" "$main"
    left=$((grace * 10))
    while [ "$left" -gt 0 ] && kill -0 "$main"; do
      sleep 0.1
      left=$((left - 1))
    done
    # The guard is a member of this group: its number cannot be anybody else's yet, and the guard ends here too.
    kill -s KILL -- "-$main"
  ) </dev/null >/dev/null 2>&1 &
)
exec "$@" 3<&-
