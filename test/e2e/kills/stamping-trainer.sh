#!/bin/sh
# Trains for a moment and stamps when: one line in a file that all trainings of the run share, each line in one write.
# Says `double` when another training of the same row is alive beside it.
for other in "$STAMPS.$ROW."*; do
  [ -e "$other" ] || continue
  pid="${other##*.}"
  read -r _ _ state _ <"/proc/$pid/stat" 2>/dev/null || continue
  [ "$state" != Z ] || continue
  ! tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q stamping-trainer || echo "double $ROW $(date +%s%3N)" >>"$STAMPS"
done
: >"$STAMPS.$ROW.$$"
echo "start $ROW $(date +%s%3N)" >>"$STAMPS"
sleep "$SECONDS_TO_TRAIN"
echo "end $ROW $(date +%s%3N)" >>"$STAMPS"
rm -f "$STAMPS.$ROW.$$"
