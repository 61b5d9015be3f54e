/** Ours, the queue's and npm's own: no business of a user's program, and one (NODE_OPTIONS) could change how it runs. */
const DROPPED =
  /^(REGATTA_|AWS_BATCH_|npm_|SM_|OMPI_|PMIX_|INIT_CWD$|NODE_OPTIONS$|NODE_COMPILE_CACHE$|NODE_CHANNEL_FD$)/

/** What a user's program gets of this process's environment. */
export function inheritedEnvironment(
  own: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(own).flatMap(([name, value]) => (value === undefined || DROPPED.test(name) ? [] : [[name, value]])),
  )
}
