/** Sizes of each family of training instances (`TrainingInstanceType` of the SageMaker API; a test compares it with the SDK's list). */
const SIZES: Readonly<Record<string, string>> = {
  c4: "xlarge 2xlarge 4xlarge 8xlarge",
  c5: "xlarge 2xlarge 4xlarge 9xlarge 18xlarge",
  c5n: "xlarge 2xlarge 4xlarge 9xlarge 18xlarge",
  c6i: "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
  c7i: "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
  c8i: "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge 96xlarge",
  g4dn: "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
  g5: "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
  g6: "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
  g6e: "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
  g7: "2xlarge 4xlarge 8xlarge 12xlarge 24xlarge 48xlarge",
  g7e: "2xlarge 4xlarge 8xlarge 12xlarge 24xlarge 48xlarge",
  m4: "xlarge 2xlarge 4xlarge 10xlarge 16xlarge",
  m5: "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge",
  m6i: "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
  m7i: "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
  m8i: "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge 96xlarge",
  p2: "xlarge 8xlarge 16xlarge",
  p3: "2xlarge 8xlarge 16xlarge",
  p3dn: "24xlarge",
  p4d: "24xlarge",
  p4de: "24xlarge",
  p5: "4xlarge 48xlarge",
  p5e: "48xlarge",
  p5en: "48xlarge",
  "p6-b200": "48xlarge",
  "p6-b300": "48xlarge",
  "p6e-gb200": "36xlarge",
  r5: "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge",
  r5d: "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge",
  r6i: "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
  r7i: "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
  r8i: "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge 96xlarge",
  t3: "medium large xlarge 2xlarge",
  trn1: "2xlarge 32xlarge",
  trn1n: "32xlarge",
  trn2: "48xlarge",
}

/** GPUs by family and size; a family that is missing has none, or we do not know how many. */
const GPUS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  g4dn: { xlarge: 1, "2xlarge": 1, "4xlarge": 1, "8xlarge": 1, "12xlarge": 4, "16xlarge": 1 },
  g5: {
    xlarge: 1,
    "2xlarge": 1,
    "4xlarge": 1,
    "8xlarge": 1,
    "12xlarge": 4,
    "16xlarge": 1,
    "24xlarge": 4,
    "48xlarge": 8,
  },
  g6: {
    xlarge: 1,
    "2xlarge": 1,
    "4xlarge": 1,
    "8xlarge": 1,
    "12xlarge": 4,
    "16xlarge": 1,
    "24xlarge": 4,
    "48xlarge": 8,
  },
  g6e: {
    xlarge: 1,
    "2xlarge": 1,
    "4xlarge": 1,
    "8xlarge": 1,
    "12xlarge": 4,
    "16xlarge": 1,
    "24xlarge": 4,
    "48xlarge": 8,
  },
  p2: { xlarge: 1, "8xlarge": 8, "16xlarge": 16 },
  p3: { "2xlarge": 1, "8xlarge": 4, "16xlarge": 8 },
  p3dn: { "24xlarge": 8 },
  p4d: { "24xlarge": 8 },
  p4de: { "24xlarge": 8 },
  p5: { "4xlarge": 1, "48xlarge": 8 },
  p5e: { "48xlarge": 8 },
  p5en: { "48xlarge": 8 },
  "p6-b200": { "48xlarge": 8 },
  "p6-b300": { "48xlarge": 8 },
}

export const KNOWN_INSTANCE_TYPES: ReadonlySet<string> = new Set(
  Object.entries(SIZES).flatMap(([family, sizes]) => sizes.split(" ").map((size) => `ml.${family}.${size}`)),
)

/** GPUs of one instance; null: none, or unknown. */
export function gpusOf(instanceType: string): number | null {
  const [, family = "", size = ""] = instanceType.split(".")
  return GPUS[family]?.[size] ?? null
}
