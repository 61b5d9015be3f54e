// What must happen at least once in a soak: a fault that never happened was never survived.

export const FAULTS = [
  "worker killed",
  "worker asleep",
  "worker asleep longer than its lease",
  "asleep longer than send and settle",
  "sleeping worker given up",
  "follower killed",
  "follower asleep longer than its lease",
  "create lost",
  "create late",
  "create hangs",
  "create answered in vain",
  "create met an error of the service",
  "request lost",
  "request answered in vain",
  "request hangs",
  "request met an error of the service",
  "signature too old",
  "credentials expired",
  "region dark",
  "throttled: CreateTrainingJob",
  "not shown yet: DescribeTrainingJob",
  "tags not shown yet",
  "a stranger has the name",
  "table request lost",
  "table answer lost",
  "table away",
  "list of rows stale",
  "pinned rows overwritten",
  "refused: ResourceLimitExceeded",
  "refused: ResourceInUse",
  "refused: ValidationException",
  "refused: AccessDeniedException",
  "row went to another place",
  "retry carried out",
  "event lost",
  "event duplicated",
  "event late",
  "event overtaken",
] as const

export const FAULTS_OF_STOP = ["stop killed", "stop asleep longer than its lease", "stop carried out"] as const

export const TRANSITIONS = [
  "pending->waiting",
  "pending->launching",
  "waiting->waiting",
  "waiting->launching",
  "launching->launching",
  "launching->waiting",
  "launching->running",
  "launching->completed",
  "launching->failed",
  "running->running",
  "running->waiting",
  "running->completed",
  "running->failed",
  "failed->waiting",
] as const

export const TRANSITIONS_OF_STOP = [
  "waiting->stopped",
  "launching->stopping",
  "launching->stopped",
  "running->stopping",
  "running->stopped",
  "stopping->completed",
  "stopping->failed",
  "stopping->stopped",
  "stopped->waiting",
] as const

/** Rows below which chance may leave something out. */
export const ENOUGH_ROWS = 20_000

/** Every count that is expected, with 0 where it did not happen. */
export function withZeros(
  counted: Readonly<Record<string, number>>,
  expected: readonly string[],
): Readonly<Record<string, number>> {
  return { ...Object.fromEntries(expected.map((name) => [name, 0])), ...counted }
}
