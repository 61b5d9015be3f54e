// Kinds that belong to one column each: regions, machines, what trains, fallbacks, names of families.
// They check the form of a value; whether a region or type is known is checked where the settings that may add one are at hand.
import { type Kind, location, type Parsed, parsed, refused, text } from "./kind.ts"
import { didYouMean } from "./nearest-name.ts"
import { KNOWN_REGIONS, looksLikeRegion } from "./regions.ts"

export const FRAMEWORKS = [
  ...["pytorch", "tensorflow", "mxnet", "xgboost", "scikit-learn"],
  ...["huggingface-pytorch", "huggingface-tensorflow"],
] as const

/** SageMaker's built-in algorithms by the name of their image. */
export const ALGORITHMS: readonly string[] = [
  ...[
    "blazingtext",
    "factorization-machines",
    "forecasting-deepar",
    "image-classification",
    "ipinsights",
    "kmeans",
    "knn",
  ],
  ...[
    "lda",
    "linear-learner",
    "ntm",
    "object-detection",
    "object2vec",
    "pca",
    "randomcutforest",
    "semantic-segmentation",
  ],
  ...["seq2seq", "xgboost"],
]

/** One place to try after the row's own; null: as in the row. */
export interface Fallback {
  readonly region: string | null
  readonly instanceType: string | null
  readonly spot: boolean | null
}

export interface Versioned {
  readonly name: string
  readonly version: string | null
}

export function region(): Kind<string> {
  return {
    ...text({ most: 32 }),
    allowed: "an AWS region such as us-east-1",
    parse: (value) =>
      looksLikeRegion(value)
        ? parsed(value)
        : refused(`expected an AWS region such as us-east-1${didYouMean(value, KNOWN_REGIONS)}`),
  }
}

/** What a row names in place of a region to train where its data lies. */
export const AUTO_REGION = "auto"

/** The region of a row. */
export function rowRegion(): Kind<string> {
  const named = region()
  return {
    ...named,
    allowed: `${named.allowed}, or ${AUTO_REGION} for the one where the row's data lies`,
    parse: (value) => (value === AUTO_REGION ? parsed(value) : named.parse(value)),
  }
}

/** How the region of a row is chosen. */
export const PLACES = ["pinned", "data", "cheapest", "fastest"] as const
export type PlaceChoice = (typeof PLACES)[number]

export function instanceType(): Kind<string> {
  return text({ most: 64, pattern: INSTANCE_TYPE, allowed: "a SageMaker instance type such as ml.m5.large" })
}

const INSTANCE_TYPE = /^ml\.[a-z0-9-]+\.[a-z0-9-]+$/

export function image(): Kind<string> {
  return text({
    most: 255,
    pattern: /^(?!.*:\/\/)[^\s:/]\S*$/,
    allowed: "an image, registry/repository:tag or @digest, of at most 255 characters",
  })
}

/** `name:version`, or for a built-in algorithm the name alone. */
export function algorithm(): Kind<Versioned> {
  const allowed = "a built-in algorithm such as linear-learner or xgboost:1.5-1"
  return { ...text({ most: 170 }), allowed, parse: (value) => versioned(value, allowed) }
}

export function framework(): Kind<{ readonly name: string; readonly version: string }> {
  const allowed = `a framework with its version such as pytorch:2.3 (${FRAMEWORKS.join(", ")})`
  return {
    ...text({ most: 170 }),
    allowed,
    parse(value) {
      const given = versioned(value, allowed)
      if (!given.ok) return given
      const { name, version } = given.value
      const guess = FRAMEWORKS.some((each) => each === name) ? null : didYouMean(name, FRAMEWORKS)
      return version === null || guess !== null
        ? refused(`expected ${allowed}${guess ?? ""}`)
        : parsed({ name, version })
    },
  }
}

function versioned(value: string, allowed: string): Parsed<Versioned> {
  const [, name, version = null] = /^([a-z0-9][a-z0-9-]*)(?::([A-Za-z0-9][A-Za-z0-9._-]*))?$/.exec(value) ?? []
  return name === undefined ? refused(`expected ${allowed}`) : parsed({ name, version })
}

/** `region/instance_type[/spot]`, `*` for "as in the row"; without `/spot` on demand. */
export function fallback(): Kind<Fallback> {
  const allowed = "region/instance_type[/spot] with * for as in the row, such as us-east-1/* or */ml.p4d.24xlarge/spot"
  return {
    ...text({ most: 128 }),
    allowed,
    parse(value) {
      const [place = "", type = "", spot, ...rest] = value.split("/").map((each) => each.trim())
      const isForm = rest.length === 0 && (spot === undefined || spot === "spot" || spot === "*")
      if (!isForm || !(place === "*" || looksLikeRegion(place)) || !(type === "*" || INSTANCE_TYPE.test(type))) {
        return refused(`expected ${allowed}`)
      }
      return parsed({
        region: place === "*" ? null : place,
        instanceType: type === "*" ? null : type,
        spot: spot === "*" ? null : spot === "spot",
      })
    },
  }
}

/** A region, or the beginning of several: `eu-*`. */
export function residency(): Kind<string> {
  return text({
    most: 32,
    pattern: /^[a-z]{2,}(-[a-z]+)*-(\d+|\*)$/,
    allowed: "a region such as eu-west-1, or eu-* for all that begin so",
  })
}

export function role(): Kind<string> {
  return text({
    most: 2048,
    pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/,
    allowed: "the ARN of an IAM role, arn:aws:iam::123456789012:role/name",
  })
}

/** An identifier, alias or ARN of a KMS key. */
export function kmsKey(): Kind<string> {
  return text({ most: 2048, pattern: /^[a-zA-Z0-9:/_-]+$/, allowed: "the id, alias or ARN of a KMS key" })
}

const FILE_SYSTEM = /^(?:efs|fsx):\/\/fs-[0-9a-f]{8,18}(?:\/.*)?$/

/** An input: a location, or a folder of a file system. */
export function channelLocation(): Kind<string> {
  const where = location()
  const allowed = `${where.allowed}, or efs://fs-id/folder or fsx://fs-id/folder`
  return {
    ...where,
    allowed,
    parse(value) {
      if (!/^(?:efs|fsx):/.test(value)) return where.parse(value)
      if (value.length > 4096) return refused(`expected at most 4096 characters, and these are ${value.length}`)
      return FILE_SYSTEM.test(value)
        ? parsed(value)
        : refused("expected efs://fs-0123456789abcdef0/folder or fsx://fs-0123456789abcdef0/folder")
    },
    schema: { type: "string", description: allowed },
  }
}

/** ARN of a resource of the service, `arn:<partition>:<service>:<region>:<account>:<resource>`. */
export function arn(service: string, resource: string, example: string): Kind<string> {
  return text({
    most: 2048,
    pattern: new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]+:\\d{12}:${resource}[/:][^\\s]+$`),
    allowed: `an ARN such as ${example}`,
  })
}

export function vpcId(): Kind<string> {
  return text({ most: 32, pattern: /^[-0-9a-zA-Z]+$/, allowed: "an id of at most 32 letters, digits and -" })
}

/** A location, or `true` for the default one, or `false`. */
export function checkpoint(): Kind<string | boolean> {
  const where = location()
  return {
    ...where,
    allowed: `${where.allowed}; or true for {run}/{row}/checkpoints/ under output`,
    parse: (value) => (value === "true" || value === "false" ? parsed(value === "true") : where.parse(value)),
    schema: { type: ["string", "boolean"] },
  }
}
