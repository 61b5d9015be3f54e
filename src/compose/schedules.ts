import { clientOptions } from "../adapters/aws/client-options.ts"
import { childSettings } from "../core/config/child-settings.ts"
import { RegattaError } from "../core/errors.ts"
import { partitionOf } from "../core/manifest/regions.ts"
import type { Composed } from "../ports/ports.ts"
import type { ScheduleService } from "../ports/schedule-service.ts"
import type { Shell } from "../ports/world.ts"
import { requiredHome } from "./kept.ts"

/** Schedules on aws: EventBridge Scheduler of the home region, whose firings submit a job to the queue there. */
export async function openSchedules(
  config: Composed,
  shell: Shell,
  clients: { destroy(): void }[],
  accountOf: () => Promise<string>,
): Promise<ScheduleService> {
  const home = requiredHome(config)
  const { SchedulerClient } = await import("@aws-sdk/client-scheduler")
  const { EventBridgeSchedules } = await import("../adapters/schedule-service/eventbridge/eventbridge-schedules.ts")
  const { prefix = "rg", batch, table, codeLocation, schedules = {} } = config
  const client = new SchedulerClient(clientOptions(home))
  clients.push(client)
  return new EventBridgeSchedules({
    client,
    region: home,
    prefix,
    async target(isDry) {
      const { role } = schedules
      if (role === undefined)
        throw new RegattaError(
          "usage",
          "schedules.role is not set: the role with which EventBridge Scheduler submits",
          {
            hint: "set it in regatta.yaml; docs/schedules.md says what it must be allowed",
          },
        )
      const { queueOf } = await import("../adapters/array-queue/aws-batch/queues.ts")
      const target = queueOf(batch ?? {}, home)
      if (target.region !== home)
        throw new RegattaError(
          "unsupported",
          `a schedule submits to a queue of the home region ${home}, and batch.queue is in ${target.region}`,
        )
      const settings = { ...batch, job_role: schedules.job_role ?? batch?.job_role }
      const code = codeLocation == null ? {} : { codeLocation }
      return {
        partition: partitionOf(home),
        queue: target.queue,
        definition: await definitionFor(shell, target, settings, prefix, isDry),
        environment: childSettings({ table, prefix, home, account: await accountOf(), ...code }),
        role,
        prefix,
      }
    },
  })
}

/** @param isDry nothing is registered: the name that the definition would get stands for it. */
async function definitionFor(
  shell: Shell,
  target: { readonly region: string; readonly queue: string },
  settings: NonNullable<Composed["batch"]>,
  prefix: string,
  isDry: boolean,
): Promise<string> {
  const { BatchClient } = await import("@aws-sdk/client-batch")
  const { workerDefinition } = await import("../adapters/array-queue/aws-batch/worker-definition.ts")
  if (settings.job_definition !== undefined) return settings.job_definition
  if (isDry) return `${prefix}-worker`
  // The client repeats by itself; a second registration of the same content does no harm.
  const client = new BatchClient(clientOptions(target.region))
  try {
    return await workerDefinition(client, (call) => call(), target, { settings, prefix, digest: shell.digest })
  } finally {
    client.destroy()
  }
}
