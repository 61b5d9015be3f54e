// What a row makes us ask of its account, as questions that know how to be asked: each looks at one thing in one region.
// Sends nothing by itself, and finds nothing where an answer is missing: check-account.ts asks, once per key.

import { isRegattaError, RegattaError } from "../core/errors.ts"
import type { Channel, JobSpec } from "../core/job/job-spec.ts"
import { type Place, placeKey } from "../core/job/place.ts"
import { specAt } from "../core/job/spec-at.ts"
import { partitionOf } from "../core/manifest/regions.ts"
import { isFileSystem } from "../core/manifest/service-rules.ts"
import { once } from "../core/once.ts"
import type { Quota } from "../ports/quota-book.ts"
import type { AccountAccess } from "./account-access.ts"
import type { AccountFinding, Question } from "./account-finding.ts"

/** What was learnt beside findings. */
export interface Learnt {
  /** By key of a place. */
  readonly quotas: Map<string, Quota>
  /** Digest by image; null: there is no such image. */
  readonly images: Map<string, string | null>
}

/** Who will pass the role to the service, and whether it is only the caller's own right that was looked at. */
export interface Launcher {
  readonly arn: string
  readonly isCaller: boolean
}

interface Hopeless {
  readonly column: "instance_type" | "instance_count"
  readonly message: string
}

export class AccountQuestions {
  readonly #access: AccountAccess
  readonly #learnt: Learnt
  readonly #launcher: () => Launcher
  readonly #bucketRegions = new Map<string, Promise<string | null>>()

  constructor(access: AccountAccess, learnt: Learnt, launcher: () => Launcher) {
    this.#access = access
    this.#learnt = learnt
    this.#launcher = launcher
  }

  /** @param hasCode whether a program of this machine is packed and stored for the row. */
  ofRow(spec: JobSpec, hasCode: boolean): readonly Question[] {
    const regions = [...new Set(spec.places.map(({ region }) => region))]
    return [
      ...spec.places.flatMap((place, at) => this.#ofPlace(spec, place, at === 0)),
      ...regions.flatMap((region) => this.#ofRegion(specAt(spec, region), spec.region, hasCode)),
    ]
  }

  #ofPlace(spec: JobSpec, place: Place, isOwn: boolean): readonly Question[] {
    const isGroup = spec.service?.instanceGroups !== undefined
    const fallbacks = isOwn ? spec.places.slice(1).map((each) => machinesAt(spec, each)) : []
    const image = this.#access.preview.image(spec, place)
    return [
      ...machinesAt(spec, place).map((each) => this.#quota(each, isOwn, isGroup, fallbacks)),
      ...(image === null ? [] : [this.#image(spec, place, image, isOwn)]),
    ]
  }

  #ofRegion(spec: JobSpec, own: string, hasCode: boolean): readonly Question[] {
    const { region } = spec
    const at = (column: string) => (region === own ? column : "fallback")
    const stored = [
      ["output", spec.output] as const,
      ...(spec.checkpoint === null ? [] : [["checkpoint", spec.checkpoint.uri] as const]),
      ...(hasCode ? [["entry_point", this.#access.preview.home(region)] as const] : []),
    ]
    const hosts = spec.places.find((place) => place.region === region)?.instances ?? 1
    return [
      this.#region(region, at("region")),
      ...(spec.role === null ? [] : this.#role(spec.role, region)),
      ...stored.flatMap(([column, uri]) => this.#bucket(uri, region, at(column), hasCode)),
      ...spec.channels
        .filter((channel) => !isFileSystem(channel))
        .flatMap((channel) => {
          const column = at(`channel.${channel.name}`)
          // The submission makes the copy, and the default bucket that it lies in.
          if (spec.copiedFrom?.[channel.name] !== undefined) return this.#bucket(channel.uri, region, column, true)
          return [...this.#bucket(channel.uri, region, column), ...this.#objects(channel, region, hosts, column)]
        }),
    ]
  }

  #region(region: string, column: string): Question {
    return {
      key: `region ${region}`,
      region,
      topic: "regions",
      ask: async () => {
        const regions = await this.#access.ports.regions()
        if (await regions.isEnabled(region)) return []
        return error(column, `${region} refuses the account's credentials: it is not enabled for the account`)
      },
    }
  }

  /** @param fallbacks the row's other places, each as its machines: a place that can never take the row is no error while another may. */
  #quota(place: Place, isOwn: boolean, isGroup: boolean, fallbacks: readonly (readonly Place[])[]): Question {
    const column = (own: "instance_type" | "instance_count") =>
      isOwn ? (isGroup ? "instance_groups" : own) : "fallback"
    const after = fallbacks.map((machines) => machines.map((each) => `${placeKey(each)}*${each.instances}`).join("+"))
    return {
      key: [`quota ${placeKey(place)} ${place.instances} ${isOwn}`, ...after].join(" "),
      region: place.region,
      topic: "quotas",
      ask: async () => {
        const hopeless = await this.#whyHopeless(place)
        if (hopeless === null) return []
        const at = column(hopeless.column)
        if (!isOwn) return [{ severity: "warning", column: at, message: hopeless.message }]
        if (!(await this.#mayAnyTake(fallbacks))) return error(at, hopeless.message)
        return [
          { severity: "warning", column: at, message: `${hopeless.message}; the row can only train at a fallback` },
        ]
      },
    }
  }

  /** Why a place can never take what it is asked for; null: nothing says so. */
  async #whyHopeless(place: Place): Promise<Hopeless | null> {
    const quotas = await this.#access.ports.quotas()
    const quota = await quotas.quota(place)
    if (quota === null) return { column: "instance_type", message: await this.#notOffered(place) }
    this.#learnt.quotas.set(placeKey(place), quota)
    if (quota.limit >= place.instances) return null
    return { column: "instance_count", message: beyondQuota(place, quota) }
  }

  /** A place of which nothing could be learnt may take the row. */
  async #mayAnyTake(places: readonly (readonly Place[])[]): Promise<boolean> {
    for (const machines of places) {
      const why = await Promise.all(
        machines.map((each) =>
          this.#whyHopeless(each).catch((unknown: unknown) => {
            if (!isRegattaError(unknown)) throw unknown
            return null
          }),
        ),
      )
      if (why.every((each) => each === null)) return true
    }
    return false
  }

  /** A region without a quota and without a price for a type does not offer it; one of the two alone proves nothing. */
  async #notOffered(place: Place): Promise<string> {
    const { region, instanceType } = place
    const prices = await this.#access.ports.prices()
    if ((await prices.price(place)) !== null)
      throw new RegattaError("unsupported", `${region} lists no quota of ${instanceType}, though it has a price there`)
    return `${region} does not offer ${instanceType} for training: the region has neither a quota nor a price of it`
  }

  #image(spec: JobSpec, place: Place, image: string, isOwn: boolean): Question {
    const column = isOwn
      ? spec.trains.kind === "framework" && spec.trains.image !== null
        ? "image"
        : spec.trains.kind
      : "fallback"
    return {
      key: `image ${image}`,
      region: place.region,
      topic: "images",
      ask: async () => {
        const images = await this.#access.ports.images()
        const digest = await images.digest(image)
        this.#learnt.images.set(image, digest)
        if (digest !== null) return []
        return error(column, `there is no image ${image}: push it there, or name one that is`)
      },
    }
  }

  #role(role: string, region: string): readonly Question[] {
    const partition = partitionOf(region)
    const exists: Question = {
      key: `role ${role}`,
      region: partition,
      topic: "roles",
      ask: async () => {
        const roles = await this.#access.ports.roles()
        const trusts = await roles.trusts(role)
        if (trusts === null) return error("role", `there is no role ${role}`)
        if (trusts) return []
        return error("role", `${role} does not let sagemaker.amazonaws.com assume it: its trust policy must allow it`)
      },
    }
    const passed: Question = {
      key: `pass ${role}`,
      region: partition,
      topic: "roles",
      ask: async () => {
        const roles = await this.#access.ports.roles()
        const { arn, isCaller } = this.#launcher()
        if (await roles.mayPass(arn, role)) return []
        const message = `${arn} may not pass ${role} to SageMaker: allow iam:PassRole on it, with iam:PassedToService sagemaker.amazonaws.com`
        return [{ severity: isCaller ? "warning" : "error", column: "role", message }]
      },
    }
    return [exists, passed]
  }

  /** @param isMade whether the submission makes the default bucket where it is missing, to store code in it. */
  #bucket(uri: string, region: string, column: string, isMade = false): readonly Question[] {
    const bucket = bucketOf(uri)
    if (bucket === null) return []
    return [
      {
        key: `bucket ${bucket} ${region}`,
        region,
        topic: "buckets",
        ask: async () => {
          const found = await this.#bucketRegion(bucket).catch((refusal: unknown) => elsewhere(refusal, region))
          if (found === region || (found === null && isMade && isDefaultBucket(bucket, region))) return []
          if (found !== null)
            return error(column, `the bucket ${bucket} is in ${found}, and the training job in ${region}`)
          return error(column, `there is no bucket ${bucket}: \`aws s3 mb s3://${bucket} --region ${region}\` makes it`)
        },
      },
    ]
  }

  /** Inputs are looked for; how many there are matters only where they are dealt out to hosts. */
  #objects(channel: Channel, region: string, hosts: number, column: string): readonly Question[] {
    const { uri, distribution, dataType } = channel
    // What a run writes is not there before it.
    if (bucketOf(uri) === null || /\{(?:run|attempt)\}/.test(uri)) return []
    const isDealt = distribution === "ShardedByS3Key" && dataType === "S3Prefix"
    const wanted = isDealt ? hosts : 1
    return [
      {
        key: `objects ${uri} ${wanted}`,
        region,
        topic: "buckets",
        ask: async () => {
          // A bucket that is missing or elsewhere is told by itself.
          if ((await this.#bucketRegion(bucketOf(uri) ?? "")) !== region) return []
          const count = await this.#count(uri, region, wanted)
          if (count === 0) return error(column, `nothing is at ${uri}`)
          if (count >= wanted) return []
          const message = `ShardedByS3Key gives each object to one host: ${count} of ${wanted} hosts get one, the others nothing`
          const part = column === "fallback" ? column : `${column}.distribution`
          return [{ severity: "warning", column: part, message }]
        },
      },
    ]
  }

  /** Objects below a prefix, counted up to what is wanted: a listing of millions is not read to its end. */
  async #count(uri: string, region: string, wanted: number): Promise<number> {
    const buckets = await this.#access.ports.buckets()
    let count = 0
    for await (const object of buckets.list(uri as Parameters<typeof buckets.list>[0], region)) {
      if (object.uri.endsWith("/") && object.bytes === 0) continue
      count += 1
      if (count >= wanted) break
    }
    return count
  }

  #bucketRegion(bucket: string): Promise<string | null> {
    return once(this.#bucketRegions, bucket, async () => (await this.#access.ports.buckets()).bucketRegion(bucket))
  }
}

/** Machines of a place by type, as quotas count them. */
function machinesAt(spec: JobSpec, place: Place): readonly Place[] {
  const groups = spec.service?.instanceGroups
  if (groups === undefined) return [place]
  return [...Map.groupBy(groups, ({ instanceType }) => instanceType)].map(([instanceType, of]) => ({
    ...place,
    instanceType,
    instances: of.reduce((sum, { instances }) => sum + instances, 0),
  }))
}

function error(column: string, message: string): readonly AccountFinding[] {
  return [{ severity: "error", column, message }]
}

/** Of a bucket that may not be used only a wrong region is known for sure; else it is not checked, for the reason given. */
function elsewhere(refusal: unknown, region: string): string {
  const told = isRegattaError(refusal, "denied") ? refusal.fields["bucketRegion"] : undefined
  if (typeof told !== "string" || told === region) throw refusal
  return told
}

/** null: not in S3, or its name is not known yet. */
function bucketOf(uri: string): string | null {
  const bucket = /^s3:\/\/([^/]+)/.exec(uri)?.[1] ?? null
  return bucket === null || bucket.includes("{") ? null : bucket
}

/** Name of the bucket that the SageMaker SDK, and a submission of ours that stores code, makes where it is missing. */
export function isDefaultBucket(bucket: string, region: string): boolean {
  return new RegExp(`^sagemaker-${region}-\\d{12}$`).test(bucket)
}

/** How to get more of a quota, as a line to type. */
export function increaseCommand(region: string, { code }: Quota, instances: number): string {
  return `aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code ${code} --desired-value ${instances} --region ${region}`
}

function beyondQuota({ region, instances, ...place }: Place, quota: Quota): string {
  const key = placeKey({ region, ...place })
  const alone = `this row alone needs ${instances} ${instances === 1 ? "instance" : "instances"} of ${key}`
  return `${alone}, and the account's quota "${quota.name}" (${quota.code}) is ${quota.limit}: it can never be met; ask for more: ${increaseCommand(region, quota, instances)}`
}
