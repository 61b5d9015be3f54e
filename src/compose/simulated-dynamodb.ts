// The central table of a simulation in modelled DynamoDB: the adapter of aws with a client of the SDK whose way is modelled.
// Its retries are those of the modelled clients, since the SDK's own would wait in real time.
import type { RunTable } from "../ports/run-table.ts"
import type { Clock, Shell } from "../ports/world.ts"
import type { Ask } from "../simulation/dynamodb/modelled-handler.ts"
import type { ModelledNetwork } from "../simulation/modelled-network.ts"
import type { ServiceRequest } from "../simulation/service-model.ts"
import type { SimulatedProcess } from "../simulation/simulated-process.ts"
import type { TableService } from "../simulation/table-service.ts"

export interface SimulatedDynamoDb {
  readonly service: TableService
  /** As it is, without faults: for whoever looks at the outcome. Opened. */
  openTable(clock: Clock): Promise<RunTable>
  /** As a process reaches it. */
  tableOf(process: SimulatedProcess, network: ModelledNetwork, shell: Shell): RunTable
}

const TABLE = "regatta"
const CALLER = { account: "123456789012", arn: "arn:aws:iam::123456789012:role/Worker" }
/** As `clientOptions` has it. */
const TRIES = 10

export async function simulatedDynamoDb(home: string, retryAfter: number): Promise<SimulatedDynamoDb> {
  const { DynamoDBClient } = await import("@aws-sdk/client-dynamodb")
  const [{ DynamoDbRunTable }, wire, sums, keys, { placeKey }, { toUsd }] = await Promise.all([
    import("../adapters/run-table/dynamodb/dynamodb-run-table.ts"),
    import("../adapters/run-table/dynamodb/wire-items.ts"),
    import("../adapters/run-table/dynamodb/run-sums.ts"),
    import("../adapters/run-table/dynamodb/keys.ts"),
    import("../core/job/place.ts"),
    import("../core/decision/claim.ts"),
  ])
  const { DynamoDbModel } = await import("../simulation/dynamodb/dynamodb-model.ts")
  const { ModelledHandler, TRIES_HEADER } = await import("../simulation/dynamodb/modelled-handler.ts")
  const { ModelledClient } = await import("../simulation/modelled-client.ts")
  const { AnswerError } = await import("../simulation/sdk-answer.ts")
  const model = new DynamoDbModel()

  const asked = (operation: string, input: ServiceRequest["input"], at: number) => {
    const answer = model.handle({ region: home, operation, input, caller: CALLER }, at)
    if (!answer.ok) throw new AnswerError(answer.fault)
    return answer.output
  }
  const get = (key: ReturnType<typeof keys.runKey>) => {
    const wired = { TableName: TABLE, Key: { pk: { S: key.pk }, sk: { S: key.sk } } }
    const found = asked("GetItem", wired, 0)["Item"]
    return found === undefined ? null : wire.plainItem(found as Parameters<typeof wire.plainItem>[0])
  }
  const sumsOf = (run: string) => {
    const found = asked(
      "Query",
      {
        TableName: TABLE,
        KeyConditionExpression: "pk = :pk and begins_with(sk, :sums)",
        ExpressionAttributeValues: { ":pk": { S: keys.runPartition(run) }, ":sums": { S: keys.SUMS_PREFIX } },
      },
      0,
    )["Items"] as readonly Parameters<typeof wire.plainItem>[0][]
    return found.map(wire.plainItem)
  }
  const service: TableService = {
    handle: (request, now) => model.handle(request, now),
    touched({ operation, input }) {
      const written = wire.writtenKeys(operation, input).map((item) => wire.keyIn(wire.plainItem(item)))
      return {
        rows: written.filter(wire.isRowKey).map((key) => wire.rowAt(key, get(key))),
        runs: written.filter(wire.isRunKey).flatMap((key) => {
          const item = get(key)
          return item === null ? [] : [wire.runIn(item)]
        }),
      }
    },
    truth: {
      live: async (place) => Number(get(keys.placeItemKey(placeKey(place)))?.["live"] ?? 0),
      async money(run) {
        const { reserved, spent, unknown } = sums.moneyOf(sumsOf(run))
        return { reservedUsd: toUsd(reserved), spentUsd: toUsd(spent), unknown }
      },
      counts: async (run) => sums.countsOf(sumsOf(run)),
    },
  }

  /** All that the SDK would look up in files or the environment is given: a look there takes real time. */
  const client = (ask: Ask, clock: Clock) => {
    const made = new DynamoDBClient({
      region: home,
      endpoint: `https://dynamodb.${home}.amazonaws.com`,
      credentials: { accessKeyId: "modelled", secretAccessKey: "modelled" },
      maxAttempts: 1,
      retryMode: "standard",
      defaultsMode: "standard",
      accountIdEndpointMode: "disabled",
      authSchemePreference: [],
      endpointDiscoveryEnabled: false,
      useDualstackEndpoint: false,
      useFipsEndpoint: false,
      userAgentAppId: "regatta",
      requestHandler: new ModelledHandler(ask, () => clock.now()),
    })
    made.middlewareStack.add(
      (next) => async (given) => {
        try {
          return await next(given)
        } catch (error) {
          throw withTries(error, TRIES_HEADER)
        }
      },
      { step: "initialize", name: "modelledTries" },
    )
    return made
  }
  const tableWith = (ask: Ask, clock: Clock, random: () => number, creates: boolean) =>
    new DynamoDbRunTable({ client: client(ask, clock), table: TABLE, region: home, clock, random, retryAfter, creates })

  return {
    service,
    async openTable(clock) {
      const table = tableWith(
        async (operation, input) => asked(operation, input, clock.now()),
        clock,
        () => 0.5,
        true,
      )
      await table.open()
      return table
    },
    tableOf(process, network, shell) {
      const way = new ModelledClient(process, network, { service: "dynamodb", region: home, tries: TRIES })
      const ask: Ask = async (operation, input, abortSignal) => {
        const command = { input, schema: [0, "", operation] }
        return (await way.send(command, abortSignal === undefined ? {} : { abortSignal })) as Readonly<
          Record<string, unknown>
        >
      }
      return tableWith(ask, shell.clock, () => shell.random(), false)
    },
  }
}

/** The tries that were made on the modelled way count as the SDK's own. */
function withTries(error: unknown, header: string): unknown {
  const { $metadata, $response } = error as {
    readonly $metadata?: object
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
  }
  const told = Number($response?.headers?.[header] ?? 1)
  return Object.assign(error as object, { $metadata: { ...$metadata, attempts: told } })
}
