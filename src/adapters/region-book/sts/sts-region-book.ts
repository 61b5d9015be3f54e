// Whether a region takes the account's credentials, and what time it is there, by STS in that region.
// An error that could have another cause is no answer: only refused credentials say that a region is not enabled.
import { GetCallerIdentityCommand, type STSClient } from "@aws-sdk/client-sts"
import type { RegionBook } from "../../../ports/region-book.ts"
import type { Clock } from "../../../ports/world.ts"
import { awsError, errorName } from "../../aws/aws-error.ts"

interface Answer {
  readonly isEnabled: boolean
  readonly offset: number | null
}

/** Reading repeats safely; retries and time limits are the client's. A region is asked once. */
export class StsRegionBook implements RegionBook {
  readonly #client: (region: string) => STSClient
  readonly #clock: Pick<Clock, "now">
  readonly #answers = new Map<string, Promise<Answer>>()

  constructor(client: (region: string) => STSClient, clock: Pick<Clock, "now">) {
    this.#client = client
    this.#clock = clock
  }

  async isEnabled(region: string): Promise<boolean> {
    return (await this.#answer(region)).isEnabled
  }

  async clockOffset(region: string): Promise<number | null> {
    return (await this.#answer(region)).offset
  }

  #answer(region: string): Promise<Answer> {
    const before = this.#answers.get(region)
    if (before !== undefined) return before
    const asked = this.#ask(region)
    this.#answers.set(region, asked)
    asked.catch(() => this.#answers.delete(region))
    return asked
  }

  async #ask(region: string): Promise<Answer> {
    const client = this.#client(region)
    let offset: number | null = null
    const note = (response: unknown) => {
      const date = dateOf(response)
      if (date !== null) offset = date - this.#clock.now()
    }
    const command = new GetCallerIdentityCommand({})
    // The date stands in the answer's head, which the SDK's output leaves out.
    command.middlewareStack.add(
      (next) => async (given) => {
        const result = await next(given)
        note(result.response)
        return result
      },
      { step: "deserialize", name: "noteDate", priority: "low" },
    )
    try {
      await client.send(command)
      return { isEnabled: true, offset }
    } catch (error) {
      note((error as { readonly $response?: unknown }).$response)
      if (/^(?:InvalidClientTokenId|UnrecognizedClient)/.test(errorName(error))) return { isEnabled: false, offset }
      throw awsError(error, `ask whether ${region} is enabled`, { region })
    }
  }
}

function dateOf(response: unknown): number | null {
  if (typeof response !== "object" || response === null) return null
  const { headers } = response as { readonly headers?: unknown }
  if (typeof headers !== "object" || headers === null) return null
  const { date } = headers as { readonly date?: unknown }
  const at = typeof date === "string" ? Date.parse(date) : Number.NaN
  return Number.isNaN(at) ? null : at
}
