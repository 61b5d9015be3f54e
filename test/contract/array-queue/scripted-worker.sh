#!/bin/sh
# Stands where our own program stands: `worker` does what the test wrote down, all else is the carrier.
[ "$1" = worker ] || exec "$CARRIER_NODE" "$CARRIER_ENTRY" "$@"
child="${AWS_BATCH_JOB_ARRAY_INDEX:-0}"
printf '%s|' "$REGATTA_RUN" "$AWS_BATCH_JOB_ID" "$AWS_BATCH_JOB_ATTEMPT" "${AWS_BATCH_JOB_ARRAY_INDEX-none}" \
  "${REGATTA_ROW_INDEX-none}" "${REGATTA_ROW_OFFSET-none}" "${REGATTA_ROW_LIST-none}" >"$SCRIPTS/$child.$$"
trap 'exit 75' TERM
mv "$SCRIPTS/$child.$$" "$SCRIPTS/started-$child-$AWS_BATCH_JOB_ATTEMPT-$$"
step=0
[ ! -f "$SCRIPTS/$child" ] || step="$(sed -n "${AWS_BATCH_JOB_ATTEMPT}p" "$SCRIPTS/$child")"
case "$step" in
  killed) kill -9 $$ ;;
  deaf) trap '' TERM; while :; do sleep 0.05; done ;;
  hang) while [ ! -f "$SCRIPTS/release" ]; do sleep 0.05; done ;;
  *) exit "${step:-0}" ;;
esac
