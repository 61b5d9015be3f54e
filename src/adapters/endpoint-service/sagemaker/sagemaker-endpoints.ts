// Endpoints in SageMaker, each in its own region: made, seen, listed, asked and ended.
// Changes none that is there, deletes no model, and takes what has a name for ours only where variants and tags say so.
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DescribeEndpointCommand,
  type DescribeEndpointCommandOutput,
  DescribeEndpointConfigCommand,
  type DescribeEndpointConfigCommandOutput,
  ListEndpointsCommand,
  ListTagsCommand,
  type SageMakerClient,
  type Tag,
} from "@aws-sdk/client-sagemaker"
import type { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime"
import { ENDPOINT_TAG, type EndpointPlan } from "../../../core/endpoint/endpoint-plan.ts"
import type { EndpointState } from "../../../core/endpoint/endpoint-state.ts"
import type { Invocation, Prediction } from "../../../core/endpoint/invocation.ts"
import { RegattaError } from "../../../core/errors.ts"
import type { EndpointService } from "../../../ports/endpoint-service.ts"
import type { PreparedRequest } from "../../../ports/request-preview.ts"
import type { Clock } from "../../../ports/world.ts"
import { awsError, awsMessage } from "../../aws/aws-error.ts"
import type { ByRegion } from "../../aws/client-options.ts"
import { alreadyExists, isAbsent, refuseOther } from "../../aws/named-resource.ts"
import { within } from "../../aws/within.ts"
import { endpointState } from "./endpoint-states.ts"
import { invokeEndpoint } from "./invoke-endpoint.ts"
import { endpointConfigRequest, endpointRequest } from "./request.ts"

export interface SageMakerEndpointsOptions {
  /** May repeat by themselves: a create whose answer was lost is told by its repetition that the name exists. */
  readonly clients: ByRegion<SageMakerClient>
  /** Of a service of its own; sends each request once. Asked for at each invocation: kept by whoever gives it. */
  readonly runtime: () => Promise<ByRegion<SageMakerRuntimeClient>>
  readonly clock: Clock
}

/** The longest that one call takes, repetitions included. */
const LONGEST_CALL_MS = 60_000
/** How long tags may be unknown to ListTags after a create. */
const TAGS_SETTLE_MS = 120_000

type Question<T> = (client: SageMakerClient, cut: AbortSignal) => Promise<T>

export class SageMakerEndpoints implements EndpointService {
  readonly #options: SageMakerEndpointsOptions

  constructor(options: SageMakerEndpointsOptions) {
    this.#options = options
  }

  prepare(endpoint: EndpointPlan): readonly PreparedRequest[] {
    const request = (operation: string, input: unknown) => ({ service: "sagemaker", operation, request: input })
    return [
      request("CreateEndpointConfig", endpointConfigRequest(endpoint)),
      request("CreateEndpoint", endpointRequest(endpoint)),
    ]
  }

  async create(endpoint: EndpointPlan): Promise<"created" | "exists"> {
    const { region, name } = endpoint
    const what = `make the endpoint ${name} in ${region}`
    await this.#createConfig(endpoint, what)
    try {
      const command = new CreateEndpointCommand(endpointRequest(endpoint))
      await this.#call(region, (client, abortSignal) => client.send(command, { abortSignal }))
      return "created"
    } catch (error) {
      if (!alreadyExists(error)) throw awsError(error, what, { region })
    }
    const seen = await this.#see(region, name)
    if (seen === null) {
      // The name of one that was deleted is free a little later than Describe says so.
      throw new RegattaError("unavailable", `cannot ${what}: its name is still in use, though there is none of it`, {
        hint: "one of this name is on its way out: try again in a minute",
        fields: { region },
      })
    }
    refuseOther(what, region, [["configuration", seen.EndpointConfigName, name]])
    const tags = await this.#tags(region, seen.EndpointArn ?? "")
    const mark = tags.find(({ Key }) => Key === ENDPOINT_TAG)?.Value
    const isYoung = (seen.CreationTime?.getTime() ?? 0) > this.#options.clock.now() - TAGS_SETTLE_MS
    if (mark !== undefined || !isYoung) refuseOther(what, region, [[`tag ${ENDPOINT_TAG}`, mark ?? "none", name]])
    return "exists"
  }

  async describe(region: string, name: string): Promise<EndpointState | null> {
    const seen = await this.#see(region, name)
    if (seen === null) return null
    const config = await this.#config(region, seen.EndpointConfigName ?? name)
    return endpointState(region, seen, config, await this.#tags(region, seen.EndpointArn ?? ""))
  }

  async *list(region: string, prefix: string): AsyncGenerator<EndpointState> {
    const asked = { NameContains: prefix, SortBy: "CreationTime", SortOrder: "Ascending", MaxResults: 100 } as const
    let token: string | undefined
    do {
      const command = new ListEndpointsCommand({ ...asked, ...(token === undefined ? {} : { NextToken: token }) })
      const page = await this.#ask(`list the endpoints of ${region}`, region, (client, abortSignal) =>
        client.send(command, { abortSignal }),
      )
      for (const { EndpointName: name = "" } of page.Endpoints ?? []) {
        const state = name.startsWith(prefix) ? await this.describe(region, name) : null
        if (state !== null) yield state
      }
      token = page.NextToken
    } while (token !== undefined)
  }

  async delete(region: string, name: string): Promise<"deleting" | "busy" | "gone"> {
    const seen = await this.#see(region, name)
    if (seen?.EndpointStatus === "Deleting") return "deleting"
    if (seen !== null) {
      const asked = await this.#askToDelete(region, name)
      if (asked !== "absent") return asked
    }
    // After the endpoint, never before: without it nobody could tell which machines a live endpoint has.
    const what = `delete the configuration of the endpoint ${name} in ${region}`
    try {
      const command = new DeleteEndpointConfigCommand({ EndpointConfigName: name })
      await this.#call(region, (client, abortSignal) => client.send(command, { abortSignal }))
    } catch (error) {
      if (!isAbsent(error)) throw awsError(error, what, { region })
    }
    return (await this.#config(region, name)) === null ? "gone" : "deleting"
  }

  async invoke({ region, name }: { readonly region: string; readonly name: string }, call: Invocation) {
    const runtime = await this.#options.runtime()
    return (await invokeEndpoint(runtime.in(region), { region, name }, call, this.#options.clock)) satisfies Prediction
  }

  async #createConfig(endpoint: EndpointPlan, what: string): Promise<void> {
    const { region, name } = endpoint
    const request = endpointConfigRequest(endpoint)
    try {
      const command = new CreateEndpointConfigCommand(request)
      await this.#call(region, (client, abortSignal) => client.send(command, { abortSignal }))
      return
    } catch (error) {
      if (!alreadyExists(error)) throw awsError(error, what, { region })
    }
    const there = await this.#config(region, name)
    const variants = (list: DescribeEndpointConfigCommandOutput["ProductionVariants"]) =>
      JSON.stringify((list ?? []).map(comparable))
    refuseOther(what, region, [
      ["configuration", variants(there?.ProductionVariants), variants(request.ProductionVariants)],
    ])
  }

  /** "busy" as the service has it: `Cannot update in-progress endpoint`, of one that is being made or changed. */
  async #askToDelete(region: string, name: string): Promise<"deleting" | "busy" | "absent"> {
    try {
      const command = new DeleteEndpointCommand({ EndpointName: name })
      await this.#call(region, (client, abortSignal) => client.send(command, { abortSignal }))
      return "deleting"
    } catch (error) {
      if (isAbsent(error)) return "absent"
      if (/in-progress/i.test(awsMessage(error))) return "busy"
      throw awsError(error, `delete the endpoint ${name} in ${region}`, { region })
    }
  }

  async #see(region: string, name: string): Promise<DescribeEndpointCommandOutput | null> {
    const command = new DescribeEndpointCommand({ EndpointName: name })
    return this.#find(`see the endpoint ${name} in ${region}`, region, (client, abortSignal) =>
      client.send(command, { abortSignal }),
    )
  }

  async #config(region: string, name: string): Promise<DescribeEndpointConfigCommandOutput | null> {
    const command = new DescribeEndpointConfigCommand({ EndpointConfigName: name })
    return this.#find(`see the configuration of the endpoint ${name} in ${region}`, region, (client, abortSignal) =>
      client.send(command, { abortSignal }),
    )
  }

  /** None where the resource vanished meanwhile. */
  async #tags(region: string, arn: string): Promise<readonly Tag[]> {
    const tags: Tag[] = []
    let token: string | undefined
    do {
      const command = new ListTagsCommand({ ResourceArn: arn, ...(token === undefined ? {} : { NextToken: token }) })
      const page = await this.#find(`read the tags of ${arn}`, region, (client, abortSignal) =>
        client.send(command, { abortSignal }),
      )
      tags.push(...(page?.Tags ?? []))
      token = page?.NextToken
    } while (token !== undefined)
    return tags
  }

  /** null: the service has no such thing. */
  async #find<T>(what: string, region: string, question: Question<T>): Promise<T | null> {
    try {
      return await this.#call(region, question)
    } catch (error) {
      if (isAbsent(error)) return null
      throw awsError(error, what, { region })
    }
  }

  async #ask<T>(what: string, region: string, question: Question<T>): Promise<T> {
    try {
      return await this.#call(region, question)
    } catch (error) {
      throw awsError(error, what, { region })
    }
  }

  #call<T>(region: string, question: Question<T>): Promise<T> {
    const { clients, clock } = this.#options
    return within(clock, clock.now() + LONGEST_CALL_MS, null, (cut) => question(clients.in(region), cut))
  }
}

type Variant = NonNullable<DescribeEndpointConfigCommandOutput["ProductionVariants"]>[number]

/** What a plan says of a variant: the service adds members of its own. */
function comparable(variant: Variant) {
  return [
    variant.VariantName,
    variant.ModelName,
    variant.InstanceType,
    variant.InitialInstanceCount,
    variant.InitialVariantWeight,
    variant.ContainerStartupHealthCheckTimeoutInSeconds ?? null,
  ]
}
