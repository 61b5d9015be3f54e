// Looks at the account before anything is launched: each distinct question of all rows is asked once, a few at a time per region.
// What cannot be asked or answered is listed as not checked with the reason, never as passed. It changes nothing.
import pLimit, { type LimitFunction } from "p-limit"
import type { Config } from "../core/config/config.ts"
import { isRegattaError } from "../core/errors.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import type { Place } from "../core/job/place.ts"
import type { RowSettings } from "../core/manifest/row-settings.ts"
import type { Plan } from "../core/run/plan.ts"
import type { Caller } from "../ports/caller.ts"
import type { AccountAccess } from "./account-access.ts"
import { type AccountFinding, type AskedFor, type Question, TOPICS, type Topic } from "./account-finding.ts"
import { AccountQuestions, type Launcher, type Learnt } from "./account-questions.ts"
import { differingImages } from "./differing-images.ts"

/** Calls at once in a region: enough to hide the distance, far below any service's rate. */
const AT_ONCE = 8

/** A finding and the first row that it is about; `others`: how many more rows asked the same. */
export interface AnsweredFinding extends AccountFinding {
  readonly at: AskedFor | null
  readonly others: number
}

interface Asked {
  readonly question: Question
  readonly at: AskedFor
  others: number
}

export class AccountCheck {
  /** USD per instance-hour by `region/type`: those of regatta.yaml, and the others as they are learnt. */
  readonly prices: Record<string, number>
  readonly #access: AccountAccess
  readonly #config: Pick<Config, "account" | "batch">
  readonly #asked = new Map<string, Asked>()
  readonly #learnt: Learnt = { quotas: new Map(), images: new Map() }
  readonly #missed = new Map<string, { readonly topic: Topic; readonly text: string; count: number }>()
  readonly #withoutPrice = new Set<string>()
  readonly #questions: AccountQuestions
  readonly #isOneRow: boolean
  #caller: Caller | null = null
  /** Why nothing can be asked; null: it can, or nobody tried. */
  #closed: string | null = null
  #begun: Promise<void> | null = null

  /** @param isOneRow the caller launches the row itself; else the workers do. */
  constructor(access: AccountAccess, config: Pick<Config, "account" | "batch" | "prices">, isOneRow: boolean) {
    this.prices = { ...config.prices }
    this.#access = access
    this.#config = config
    this.#isOneRow = isOneRow
    this.#questions = new AccountQuestions(access, this.#learnt, () => this.#launcher())
  }

  /** Learns the prices of a row's places that are not known yet. What cannot be learnt stays unknown. */
  async learnPrices(places: readonly Place[]): Promise<void> {
    this.#begun ??= this.#begin()
    await this.#begun
    if (this.#closed !== null) return
    await Promise.all(places.map((place) => this.#learnPrice(place)))
  }

  add(line: number, given: RowSettings, spec: JobSpec, hasCode: boolean): void {
    for (const question of this.#questions.ofRow(spec, hasCode)) {
      const before = this.#asked.get(question.key)
      if (before === undefined) this.#asked.set(question.key, { question, at: { line, given }, others: 0 })
      else if (before.at.line !== line) before.others += 1
    }
  }

  /** Asks everything that was added; findings in the order of the rows. */
  async ask(): Promise<readonly AnsweredFinding[]> {
    this.#begun ??= this.#begin()
    await this.#begun
    if (this.#closed !== null) return this.#accountFinding()
    const limits = new Map<string, LimitFunction>()
    let answered = 0
    const all = [...this.#asked.values()].map(async (asked) => {
      const limit = limits.get(asked.question.region) ?? pLimit(AT_ONCE)
      limits.set(asked.question.region, limit)
      const found = await limit(() => this.#answer(asked))
      answered += 1
      this.#access.onAnswer?.(answered, this.#asked.size)
      return found
    })
    const queue = this.#isOneRow ? [] : await this.#queue()
    const found = (await Promise.all(all)).flat()
    return [...queue, ...found, ...this.#differing()]
  }

  /** Quotas by key of a place. */
  get quotas(): ReadonlyMap<string, { readonly limit: number }> {
    return this.#learnt.quotas
  }

  /** What was learnt of images, in the order of their names. */
  get images(): NonNullable<Plan["images"]> {
    return [...this.#learnt.images]
      .map(([image, digest]) => ({ image, digest }))
      .toSorted((a, b) => (a.image < b.image ? -1 : 1))
  }

  /** What was not checked, each with why. */
  get notChecked(): readonly string[] {
    if (this.#closed !== null) return Object.values(TOPICS).map((topic) => `${topic} (${this.#closed})`)
    const order = Object.keys(TOPICS)
    const missed = [...this.#missed.values()].toSorted((a, b) => order.indexOf(a.topic) - order.indexOf(b.topic))
    return missed.map(({ text, count }) => (count === 1 ? text : `${text} (and ${count - 1} more)`))
  }

  async #begin(): Promise<void> {
    try {
      this.#caller = await this.#access.ports.caller()
    } catch (error) {
      if (!isRegattaError(error)) throw error
      this.#closed = `needs calls to AWS: ${error.message}`
      return
    }
    if (this.#config.account !== null && this.#caller.account !== this.#config.account)
      this.#closed = `the credentials belong to account ${this.#caller.account}`
  }

  #accountFinding(): readonly AnsweredFinding[] {
    if (this.#caller === null) return []
    const { account, name } = this.#caller
    const message = `the credentials belong to account ${account} (${name})`
    return [{ severity: "error", column: "account", message, at: null, others: 0 }]
  }

  async #learnPrice(place: Place): Promise<void> {
    const key = `${place.region}/${place.instanceType}`
    // Machines of several types have no single price.
    if (this.prices[key] !== undefined || this.#withoutPrice.has(key) || key.includes("*")) return
    try {
      const price = await (await this.#access.ports.prices()).price(place)
      if (price === null) this.#withoutPrice.add(key)
      else this.prices[key] = price
    } catch (error) {
      this.#withoutPrice.add(key)
      this.#miss({ region: place.region, topic: "prices" }, error)
    }
  }

  async #answer({ question, at, others }: Asked): Promise<readonly AnsweredFinding[]> {
    try {
      return (await question.ask()).map((finding) => ({ ...finding, at, others }))
    } catch (error) {
      this.#miss(question, error)
      return []
    }
  }

  /** Of no row: all of them would wait for it. Whoever carries a row himself needs none. */
  async #queue(): Promise<readonly AnsweredFinding[]> {
    try {
      const found = await (await this.#access.ports.queueCheck()).look()
      return found
        .filter(({ isRight }) => !isRight)
        .map(({ what, detail, mend }) => {
          const message = `${what}: ${detail}${mend === null ? "" : `; ${mend}`}`
          return { severity: "error", column: "batch", message, at: null, others: 0 }
        })
    } catch (error) {
      this.#miss({ region: "", topic: "queue" }, error)
      return []
    }
  }

  /** One line for each topic, region and kind of error, however many questions met it. */
  #miss({ topic, region }: Pick<Question, "topic" | "region">, error: unknown): void {
    if (!isRegattaError(error)) throw error
    const key = `${topic} ${region} ${error.code}`
    const before = this.#missed.get(key)
    if (before === undefined) this.#missed.set(key, { topic, text: `${TOPICS[topic]}: ${error.message}`, count: 1 })
    else before.count += 1
  }

  #differing(): readonly AnsweredFinding[] {
    return differingImages(this.#learnt.images).map(({ images, message }) => {
      const asked = this.#asked.get(`image ${images[0]}`)
      return { severity: "warning", column: "image", message, at: asked?.at ?? null, others: asked?.others ?? 0 }
    })
  }

  #launcher(): Launcher {
    const worker = this.#isOneRow ? undefined : this.#config.batch?.job_role
    const isCaller = worker === undefined && !this.#isOneRow
    return { arn: worker ?? this.#caller?.name ?? "", isCaller }
  }
}
