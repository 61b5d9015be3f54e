/** Ours, the queue's and npm's own: no business of a training script, and one (NODE_OPTIONS) could change how it runs. */
const DROPPED =
  /^(REGATTA_|AWS_BATCH_|npm_|SM_|OMPI_|PMIX_|INIT_CWD$|NODE_OPTIONS$|NODE_COMPILE_CACHE$|NODE_CHANNEL_FD$)/

/**
 * The environment of a trainer: this process's own less ours, what SageMaker's images set, the row's `env.*`, and the
 * toolkit's, which stands above all.
 */
export function trainerEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  row: Readonly<Record<string, string>>,
  toolkit: Readonly<Record<string, string>>,
  isMpi: boolean,
): Readonly<Record<string, string>> {
  const inherited = Object.entries(own).flatMap(([name, value]) =>
    value === undefined || DROPPED.test(name) ? [] : [[name, value] as const],
  )
  const base: Record<string, string> = Object.fromEntries(inherited)
  // A rank writes to a terminal, line by line; unbuffered, mpirun would put its tag into the middle of lines.
  if (isMpi) delete base["PYTHONUNBUFFERED"]
  return { ...base, ...(isMpi ? {} : { PYTHONUNBUFFERED: "1" }), ...row, ...toolkit }
}
