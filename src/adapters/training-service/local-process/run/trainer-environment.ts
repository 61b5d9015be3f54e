import { inheritedEnvironment } from "../../../process/inherited-environment.ts"

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
  const base: Record<string, string> = { ...inheritedEnvironment(own) }
  // A rank writes to a terminal, line by line; unbuffered, mpirun would put its tag into the middle of lines.
  if (isMpi) delete base["PYTHONUNBUFFERED"]
  return { ...base, ...(isMpi ? {} : { PYTHONUNBUFFERED: "1" }), ...row, ...toolkit }
}
