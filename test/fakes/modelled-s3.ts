import type { S3Client } from "@aws-sdk/client-s3"
import { ByRegion } from "../../src/adapters/aws/client-options.ts"
import { S3Model } from "../../src/simulation/s3/s3-model.ts"
import { AnswerError, sdkOutput } from "../../src/simulation/sdk-answer.ts"

interface Sent {
  readonly region: string
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
}

/** Pages are short, so that every list has some. */
const PAGES: Readonly<Record<string, object>> = {
  ListObjectsV2: { MaxKeys: 3 },
  ListParts: { MaxParts: 2 },
  ListMultipartUploads: { MaxUploads: 1 },
}

/** The modelled S3 behind the clients' `send`, in one process, at one moment. */
export class ModelledS3 {
  readonly account = "111122223333"
  readonly model = new S3Model()
  readonly sent: Sent[] = []
  /** Asked before each request: throws what the way to the service does. */
  before: (sent: Sent) => void | Promise<void> = () => {}
  /** Asked after each request took effect: throws what the way back does. */
  after: (sent: Sent) => void | Promise<void> = () => {}
  readonly clients = new ByRegion<S3Client>((region) => this.#client(region))

  makeBucket(name: string, region: string): void {
    this.model.addBucket(name, region, this.account, 0)
  }

  operations(): readonly string[] {
    return this.sent.map(({ operation }) => operation)
  }

  #client(region: string): S3Client {
    const send = async (command: object, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) => {
      const { input, schema } = command as { readonly input: object; readonly schema: readonly unknown[] }
      const operation = String(schema[2])
      const sent = { region, operation, input: { ...PAGES[operation], ...input } }
      abortSignal?.throwIfAborted()
      this.sent.push(sent)
      await this.before(sent)
      abortSignal?.throwIfAborted()
      const caller = { account: this.account, arn: `arn:aws:iam::${this.account}:user/tester` }
      const answer = this.model.handle({ ...sent, caller }, 0)
      await this.after(sent)
      if (!answer.ok) throw new AnswerError(answer.fault)
      return sdkOutput("s3", answer.output)
    }
    return { send, destroy: () => {} } as unknown as S3Client
  }
}
