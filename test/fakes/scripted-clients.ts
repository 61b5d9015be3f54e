import { ByRegion } from "../../src/adapters/aws/client-options.ts"

export interface SentCommand {
  readonly region: string
  /** `DescribeTrainingJob`, … */
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal | null
}

type Answer = Readonly<Record<string, unknown>>

/** Clients of any service of the SDK whose `send` is answered by a function: it returns the answer or throws the error. */
export class ScriptedClients<Client extends { destroy(): void }> {
  readonly sent: SentCommand[] = []
  /** How often new credentials were asked for. */
  renewed = 0
  readonly #answer: (sent: SentCommand) => Answer | Promise<Answer>

  constructor(answer: (sent: SentCommand) => Answer | Promise<Answer>) {
    this.#answer = answer
  }

  readonly clients = new ByRegion<Client>((region) => this.#client(region))

  operations(): readonly string[] {
    return this.sent.map(({ operation }) => operation)
  }

  #client(region: string): Client {
    const send = async (
      command: { readonly constructor: { readonly name: string }; readonly input: object },
      options: { readonly abortSignal?: AbortSignal } = {},
    ) => {
      const operation = command.constructor.name.replace(/Command$/, "")
      const signal = options.abortSignal ?? null
      const sent = { region, operation, input: command.input as SentCommand["input"], signal }
      this.sent.push(sent)
      return this.#answer(sent)
    }
    const credentials = async () => {
      this.renewed += 1
    }
    return { send, config: { credentials }, destroy: () => {} } as unknown as Client
  }
}

/** Never answers; the caller's signal ends it as the SDK does. */
export function silence({ signal }: SentCommand): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => {
      reject(Object.assign(new Error("Request aborted"), { name: "AbortError" }))
    })
  })
}
