import { RegattaError } from "../core/errors.ts"
import type { StartEffect } from "../simulation/batch/effect.ts"

type Command = readonly [string, ...string[]]
type Environment = Readonly<Record<string, string>>

/** How a job of Batch is started on this machine. */
export type ChildCommand = (job: StartEffect, environment: Environment) => Command

/** Our own entry in the place of the worker's image: the job's command are its arguments. */
export function ownEntry(self: Command): ChildCommand {
  return ({ command }) => [...self, ...command]
}

/**
 * A command line of the user's own, cut at white space, for example `podman run --rm --network host {env} {image}`. `{env}`
 * becomes `--env NAME=value` for each variable, `{image}` the job's image, `{command}` its command; without `{command}` it
 * follows at the end. Error `usage`: nothing is left to run.
 */
export function containerCommand(template: string): ChildCommand {
  const words = template.split(/\s+/).filter((word) => word !== "")
  const [file, ...rest] = words
  if (file === undefined || file.startsWith("{")) {
    throw new RegattaError(
      "usage",
      `--container is a command such as "podman run --rm {env} {image}", got "${template}"`,
    )
  }
  const ends = words.includes("{command}") ? rest : [...rest, "{command}"]
  return (job, environment) => [file, ...ends.flatMap((word) => fill(word, job, environment))]
}

function fill(word: string, { image, command }: StartEffect, environment: Environment): readonly string[] {
  if (word === "{env}") return Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`])
  if (word === "{command}") return command
  return [word === "{image}" ? image : word]
}
