// The one address of an endpoint: passes each request on to a variant, by its weight or by name, as SageMaker's runtime does.
// Changes nothing on the way and repeats nothing; listens on this machine alone.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { ServedModel } from "../../serving/served-model.ts"
import { TrafficSplit } from "./traffic-split.ts"

/** SageMaker's own names (InvokeEndpoint): which variant shall answer, and which did. */
export const TARGET_HEADER = "x-amzn-sagemaker-target-variant"
export const INVOKED_HEADER = "x-amzn-invoked-production-variant"

export interface Variant {
  readonly name: string
  readonly weight: number
  readonly served: Pick<ServedModel, "invoke">
}

export interface Front {
  readonly port: number
  close(): void
}

/** `path`: what answers; the rest is 404. */
export async function openFront(path: string, variants: readonly Variant[]): Promise<Front> {
  const split = new TrafficSplit(variants.map((variant) => ({ item: variant, weight: variant.weight })))
  const server = createServer((request, response) => {
    passOn(path, variants, split, request, response).catch((error: unknown) => {
      const said = error instanceof Error ? error.message : String(error)
      response.writeHead(502, { "content-type": "text/plain" }).end(`the variant gave no answer: ${said}`)
    })
  })
  const port = await listen(server)
  return {
    port,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function passOn(
  path: string,
  variants: readonly Variant[],
  split: TrafficSplit<Variant>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "POST" || request.url !== path) return void response.writeHead(404).end()
  const wished = request.headers[TARGET_HEADER]
  const variant = wished === undefined ? split.next() : variants.find(({ name }) => name === wished)
  if (variant === undefined) return void response.writeHead(404).end(`there is no variant ${String(wished)}`)
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { "content-type": contentType = null, accept = null } = request.headers
  const answer = await variant.served.invoke(Buffer.concat(chunks), { contentType, accept })
  const type = answer.contentType === null ? {} : { "content-type": answer.contentType }
  response.writeHead(answer.status, { ...type, [INVOKED_HEADER]: variant.name }).end(answer.body)
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(address !== null && typeof address === "object" ? address.port : 0)
    })
  })
}
