// An endpoint as it is wished for: which models, on which machines, under which name.
// It sends nothing, and knows no model but by its name and region.
import { RegattaError } from "../errors.ts"
import type { ModelPlan } from "../job/model-plan.ts"
import { tagText } from "../job/tag-text.ts"
import { slug } from "../run/names.ts"

/** One model behind an endpoint, on machines of its own. */
export interface EndpointVariant {
  /** Unique in its endpoint: `row-3`. */
  readonly name: string
  /** As the model service keeps it, in the endpoint's region. */
  readonly model: string
  readonly instanceType: string
  readonly instances: number
  /** From 0; its share of the requests that name no variant is its weight through the sum of all. */
  readonly weight: number
  /** Seconds until the container must answer `/ping`; null: the service's default. */
  readonly startupSeconds: number | null
}

/** An endpoint to be made. Its configuration has the same name, as the SageMaker SDK's. */
export interface EndpointPlan {
  /** A function of all else but the tags: the same wish is the same endpoint. At most 63 characters `[a-zA-Z0-9-]`. */
  readonly name: string
  readonly region: string
  readonly variants: readonly EndpointVariant[]
  readonly tags: Readonly<Record<string, string>>
}

/** What a person chooses of an endpoint. */
export interface EndpointSettings {
  readonly instanceType: string
  /** Of each variant. */
  readonly instances: number
  /** In the order of the models; empty: the same for all. */
  readonly weights: readonly number[]
  readonly startupSeconds: number | null
  /** Part of the name; null: none. */
  readonly label: string | null
}

/** Who makes it, and what its name begins with. */
export interface EndpointMaker {
  readonly owner: string
  /** Of run ids: listing and policies find an endpoint by it. */
  readonly prefix: string
  /** Hexadecimal digest of a text. */
  readonly hash: (text: string) => string
}

export interface ServedModel {
  /** `row-3`, or with the run before it where there are several runs. */
  readonly variant: string
  readonly model: Pick<ModelPlan, "name" | "region" | "tags">
  /** Of the first, where it is about one run. */
  readonly run: string
}

/** By these tags an endpoint is known as ours. */
export const ENDPOINT_TAG = "regatta:endpoint"
export const OWNER_TAG = "regatta:owner"
export const LABEL_TAG = "regatta:name"
/** Variants whose models were made for the endpoint, by position, separated by blanks. */
export const MADE_TAG = "regatta:made-models"

/** CreateEndpointConfig: names of at most 63 characters, 1 to 10 variants, a start-up of 60 to 3600 seconds. */
const LONGEST_NAME = 63
const MOST_VARIANTS = 10
const STARTUP_SECONDS = [60, 3600] as const
const HASH_DIGITS = 10

/** Errors: `usage` (models of several regions, or too many of them), `invalid` (what the service would refuse). */
export function planEndpoint(
  models: readonly ServedModel[],
  settings: EndpointSettings,
  { owner, prefix, hash }: EndpointMaker,
): EndpointPlan {
  const [first] = models
  if (first === undefined) throw new RegattaError("usage", "an endpoint needs at least one model")
  refuseSeveralRegions(models, first)
  const problem = problemOf(models, settings)
  if (problem !== null) throw new RegattaError("usage", `cannot make an endpoint: ${problem}`)
  const { instanceType, instances, weights, startupSeconds, label } = settings
  const variants = models.map(({ variant, model }, at) => ({
    name: variant,
    model: model.name,
    instanceType,
    instances,
    weight: weights[at] ?? 1,
    startupSeconds,
  }))
  const { region } = first.model
  const name = nameOf(first, { region, variants, label }, prefix, hash)
  return {
    name,
    region,
    variants,
    tags: {
      ...sharedTags(models),
      [ENDPOINT_TAG]: name,
      [OWNER_TAG]: tagText(owner),
      ...(label === null ? {} : { [LABEL_TAG]: tagText(label) }),
    },
  }
}

function refuseSeveralRegions(models: readonly ServedModel[], first: ServedModel): void {
  const other = models.find(({ model }) => model.region !== first.model.region)
  if (other === undefined) return
  throw new RegattaError(
    "usage",
    `models in different regions cannot share one endpoint: ${first.model.name} is in ${first.model.region}, ${other.model.name} in ${other.model.region}`,
    {
      hint: "make one endpoint for each region; `regatta endpoint compare` takes several",
      fields: { region: other.model.region },
    },
  )
}

function problemOf(models: readonly ServedModel[], settings: EndpointSettings): string | null {
  const { instances, weights, startupSeconds } = settings
  if (models.length > MOST_VARIANTS) return `it has at most ${MOST_VARIANTS} models, got ${models.length}`
  const names = models.map(({ variant }) => variant)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) return `${twice} is named twice`
  if (instances < 1) return "it takes at least one instance"
  if (weights.length > 0 && weights.length !== models.length)
    return `it has ${models.length} models and ${weights.length} weights`
  if (weights.length > 0 && !weights.some((weight) => weight > 0)) return "one weight at least is above 0"
  const [least, most] = STARTUP_SECONDS
  if (startupSeconds !== null && (startupSeconds < least || startupSeconds > most))
    return `the time until a container answers is ${least} s to ${most} s, got ${startupSeconds} s`
  return null
}

/** What it serves, cut, and a digest of everything: two wishes that differ are two endpoints. */
function nameOf(
  first: ServedModel,
  wish: Pick<EndpointPlan, "region" | "variants"> & { readonly label: string | null },
  prefix: string,
  hash: EndpointMaker["hash"],
): string {
  const stem =
    wish.label !== null ? `${prefix}-${slug(wish.label)}` : wish.variants.length === 1 ? first.model.name : first.run
  const room = LONGEST_NAME - HASH_DIGITS - 2
  return `${stem.slice(0, room).replace(/-+$/, "")}-e${hash(JSON.stringify(wish)).slice(0, HASH_DIGITS)}`
}

/** Tags that all its models have alike: those of the user, and the run where it is one. */
function sharedTags([first, ...others]: readonly ServedModel[]): Readonly<Record<string, string>> {
  const all = Object.entries(first?.model.tags ?? {})
  return Object.fromEntries(all.filter(([key, value]) => others.every(({ model }) => model.tags[key] === value)))
}
