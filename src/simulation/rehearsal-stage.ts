// A stage for one rehearsed run: the site of a simulation as app sees it.
// It checks the run as every simulation does, and a broken invariant ends it with an error: that would be our own bug.
import { RegattaError } from "../core/errors.ts"
import type { Instant } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Ports } from "../ports/ports.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Stage, StageProgram } from "../ports/simulator.ts"
import type { Shell } from "../ports/world.ts"
import type { Invariants } from "./invariants.ts"
import type { SimulatedSite } from "./simulated-site.ts"

export interface RehearsalStageOptions {
  readonly site: SimulatedSite
  readonly table: RunTable
  readonly portsOf: (shell: Shell) => Ports
}

/** Before a process that was given up is started again. */
const AGAIN_MS = 30_000
const NO_SHELL: Pick<Shell, "argv" | "env"> = { argv: [], env: {} }

export class RehearsalStage implements Stage {
  readonly table: RunTable
  readonly #site: SimulatedSite
  readonly #portsOf: (shell: Shell) => Ports
  #invariants: Invariants | null = null

  constructor({ site, table, portsOf }: RehearsalStageOptions) {
    this.table = table
    this.#site = site
    this.#portsOf = portsOf
  }

  now(): Instant {
    return this.#site.clock.now()
  }

  addObject(bucket: string, region: string, key: string): void {
    const { s3, account, clock } = this.#site
    if (s3.bucketRegion(bucket) === null) s3.addBucket(bucket, region, account.world.account, clock.now())
    if (key !== "") s3.put(bucket, key, new Uint8Array(), clock.now())
  }

  onChild(program: StageProgram): void {
    this.#site.onContainer(({ command: [name] }) => ({
      kind: name === "follow" ? "follower" : "worker",
      program: (shell) => program(this.#portsOf(shell), shell),
    }))
  }

  expect(run: RunRecord): void {
    this.#invariants = this.#site.watch(run)
  }

  start(kind: string, program: StageProgram): void {
    const again = () => {
      this.#site.clock.at(this.#site.clock.now() + AGAIN_MS, () => this.start(kind, program))
    }
    this.#site.start(kind, NO_SHELL, (shell) => program(this.#portsOf(shell), shell), {
      done: () => {},
      killed: again,
      failed: (error) => {
        if (error instanceof RegattaError && ["unavailable", "denied"].includes(error.code)) again()
        else this.#site.crash(error)
      },
    })
  }

  async play(isOver: () => boolean): Promise<void> {
    await this.#site.clock.run(drained, () => {
      this.#site.throwCrash()
      const [broken] = this.#invariants?.violations ?? []
      if (broken !== undefined)
        throw new RegattaError("fault", `the rehearsed run broke ${broken.invariant}: ${JSON.stringify(broken)}`)
      return isOver()
    })
  }

  get requests(): Readonly<Record<string, number>> {
    return this.#site.tally.requests
  }

  get spotInterruptions(): number {
    const jobs = this.#site.account.sagemaker.jobs()
    return jobs.reduce((sum, { history }) => sum + history.times("Interrupted"), 0)
  }
}

/** Everything that does not wait for the virtual clock has been done. */
function drained(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
