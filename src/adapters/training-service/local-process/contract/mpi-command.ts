// The command line of mpirun, as sagemaker-training-toolkit writes it (aws.md 2.34), with all hosts on this machine.
// Runs nothing, and leaves out what needs another machine: ssh, EFA, and the preloaded host name.

export interface MpiRun {
  readonly mpirun: string
  /** Number of the job's hosts. */
  readonly hosts: number
  readonly processesPerHost: number
  readonly networkInterface: string
  /** The row's `mpi.options`, as typed. */
  readonly options: string
  /** Variables of the machine (PATH, …) that are set and that every rank shall have. */
  readonly machine: readonly string[]
  /** Variables of the toolkit that every rank shall have. */
  readonly toolkit: readonly string[]
  /** What each rank runs. */
  readonly command: readonly string[]
}

/**
 * Arguments in the toolkit's order: the user's options after the defaults, so that the later `-x NAME=…` wins. A default
 * `-mca` that the options set too is left out: Open MPI 4.1 refuses to be given one twice.
 */
export function mpiCommand(run: MpiRun): readonly [string, ...string[]] {
  const ranks = run.hosts * run.processesPerHost
  const options = splitOptions(run.options)
  const set = new Set(options.filter((_word, index) => /^--?mca$/.test(options[index - 1] ?? "")))
  const mca = (name: string, value: string) => (set.has(name) ? [] : ["-mca", name, value])
  return [
    run.mpirun,
    ...["--host", `localhost:${ranks}`, "-np", String(ranks), "--allow-run-as-root", "--oversubscribe"],
    ...["--display-map", "--tag-output"],
    ...mca("btl_tcp_if_include", run.networkInterface),
    ...mca("oob_tcp_if_include", run.networkInterface),
    ...mca("plm_rsh_no_tree_spawn", "1"),
    ...["-bind-to", "none", "-map-by", "slot"],
    ...mca("pml", "ob1"),
    ...mca("btl", "^openib"),
    ...mca("orte_abort_on_non_zero_status", "1"),
    ...mca("btl_vader_single_copy_mechanism", "none"),
    ...["-x", "NCCL_MIN_NRINGS=4", "-x", `NCCL_SOCKET_IFNAME=${run.networkInterface}`, "-x", "NCCL_DEBUG=INFO"],
    ...run.machine.flatMap((name) => ["-x", name]),
    ...options,
    ...run.toolkit.flatMap((name) => ["-x", name]),
    ...run.command,
  ]
}

/** Processes on each host: what the row says, else one per GPU, else one. */
export function processesPerHost(asked: number | null, gpus: number): number {
  return asked ?? Math.max(gpus, 1)
}

/** Splits options at spaces as a shell does; quotes and backslashes protect, nothing is expanded. */
export function splitOptions(options: string): readonly string[] {
  const words = options.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs) ?? []
  return words.map((word) =>
    word.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs, (_all, single, double, escaped) => {
      if (escaped !== undefined) return escaped
      return single ?? double.replaceAll(/\\(["\\])/g, "$1")
    }),
  )
}
