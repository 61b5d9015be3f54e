import { RegattaError } from "../core/errors.ts"
import type { Shell } from "../ports/world.ts"

/** Commands of the product that have a name but no code yet. */
export const UNBUILT_COMMANDS = {
  report: "writes a one-file HTML report",
  image: "builds and publishes images",
  deploy: "deploys the infrastructure",
  dashboard: "serves the live page",
  prune: "deletes records of old runs",
} as const satisfies Readonly<Record<string, string>>

export function isUnbuilt(name: string): name is keyof typeof UNBUILT_COMMANDS {
  return Object.hasOwn(UNBUILT_COMMANDS, name)
}

/** Refuses the command by its name, whatever its arguments. */
export function refuseUnbuilt(shell: Pick<Shell, "calledAs">, name: keyof typeof UNBUILT_COMMANDS): never {
  throw new RegattaError("unsupported", `\`${name}\` is not built yet (it ${UNBUILT_COMMANDS[name]})`, {
    hint: `${shell.calledAs} --help lists the commands that are`,
  })
}
