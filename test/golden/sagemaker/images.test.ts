// Images by the rules of aws.md, section 3: expected values are written out, never taken from our own tables.
import { describe, expect, test } from "vitest"
import { isRegattaError } from "../../../src/core/errors.ts"
import { KNOWN_INSTANCE_TYPES } from "../../../src/core/manifest/instance-types.ts"
import type { Distribution, Trains } from "../../../src/core/job/job-spec.ts"
import { KNOWN_REGIONS } from "../../../src/core/manifest/regions.ts"
import { trainingImage } from "../../../src/adapters/training-service/sagemaker/images.ts"
import { aPlace } from "../../builders.ts"

type Given = readonly [trains: string, region: string, instanceType: string, python?: string | undefined]

function image([what, region, instanceType, python]: Given, distribution: Distribution = { kind: "none" }): string {
  return trainingImage(
    { region, trains: trainsOf(what, python ?? null), distribution },
    aPlace({ region, instanceType }),
  )
}

/** `algorithm name[:version]` or `framework name:version`. */
function trainsOf(what: string, python: string | null): Trains {
  const [, kind, name = "", version = null] = /^(\w+) ([\w-]+)(?::(.*))?$/.exec(what) ?? []
  if (kind === "algorithm") return { kind, name, version }
  return { kind: "framework", name, version: version ?? "", python, image: null }
}

function failure(given: Given): string {
  try {
    return image(given)
  } catch (error) {
    if (isRegattaError(error, "invalid")) return error.message
    throw error
  }
}

const FOUND: readonly (readonly [...Given, expected: string])[] = [
  [
    "framework pytorch:2.3",
    "eu-west-1",
    "ml.g5.2xlarge",
    "py311",
    "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.3-gpu-py311",
  ],
  [
    "framework pytorch:2.3.0",
    "eu-west-1",
    "ml.c5.xlarge",
    "py311",
    "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.3.0-cpu-py311",
  ],
  [
    "framework pytorch:2.0",
    "me-central-1",
    "ml.m5.large",
    "py310",
    "914824155844.dkr.ecr.me-central-1.amazonaws.com/pytorch-training:2.0-cpu-py310",
  ],
  [
    "framework tensorflow:2.11",
    "us-gov-west-1",
    "ml.c5.xlarge",
    "py39",
    "442386744353.dkr.ecr.us-gov-west-1.amazonaws.com/tensorflow-training:2.11-cpu-py39",
  ],
  [
    "framework tensorflow:2.11",
    "us-gov-east-1",
    "ml.c5.xlarge",
    "py39",
    "446045086412.dkr.ecr.us-gov-east-1.amazonaws.com/tensorflow-training:2.11-cpu-py39",
  ],
  [
    "framework tensorflow:2.4.1",
    "cn-northwest-1",
    "ml.p3.2xlarge",
    "py37",
    "727897471807.dkr.ecr.cn-northwest-1.amazonaws.com.cn/tensorflow-training:2.4.1-gpu-py37",
  ],
  [
    "framework tensorflow:1.12",
    "eu-central-1",
    "ml.p3.16xlarge",
    "py3",
    "520713654638.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-tensorflow-scriptmode:1.12-gpu-py3",
  ],
  [
    "framework tensorflow:1.13.1",
    "us-west-2",
    "ml.c5.xlarge",
    "py3",
    "763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:1.13.1-cpu-py3",
  ],
  [
    "framework mxnet:1.9",
    "ap-south-1",
    "ml.g4dn.xlarge",
    "py38",
    "763104351884.dkr.ecr.ap-south-1.amazonaws.com/mxnet-training:1.9-gpu-py38",
  ],
  [
    "framework pytorch:1.6.0",
    "us-east-1",
    "ml.p3.16xlarge",
    "py36",
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:1.6.0-gpu-py36",
  ],
  [
    "framework pytorch:1.16",
    "us-east-1",
    "ml.p4d.24xlarge",
    "py40",
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:1.16-gpu-py40",
  ],
  [
    "framework pytorch:1.2",
    "us-east-1",
    "ml.p2.xlarge",
    "py3",
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:1.2-gpu-py3",
  ],
  [
    "framework mxnet:1.6.0",
    "us-east-1",
    "ml.c5.xlarge",
    "py3",
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/mxnet-training:1.6.0-cpu-py3",
  ],
  [
    "framework xgboost:1.5-1",
    "us-east-2",
    "ml.m5.xlarge",
    "py3",
    "257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-xgboost:1.5-1",
  ],
  [
    "framework xgboost:0.90-2",
    "cn-north-1",
    "ml.m5.xlarge",
    "py3",
    "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-xgboost:0.90-2-cpu-py3",
  ],
  [
    "framework xgboost:1.2-1",
    "us-east-2",
    "ml.p3.2xlarge",
    undefined,
    "257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-xgboost:1.2-1",
  ],
  [
    "framework scikit-learn:0.20.0",
    "us-east-1",
    "ml.m5.xlarge",
    undefined,
    "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:0.20.0-cpu-py3",
  ],
  [
    "framework scikit-learn:1.2-1",
    "us-gov-west-1",
    "ml.m5.xlarge",
    "py3",
    "414596584902.dkr.ecr.us-gov-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
  ],
]

const BUILT_IN: readonly (readonly [string, region: string, expected: string])[] = [
  ["xgboost:1.7-1", "eu-central-1", "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.7-1"],
  ["xgboost:1.0-1", "us-west-2", "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.0-1-cpu-py3"],
  ["xgboost:1", "us-west-2", "433757028032.dkr.ecr.us-west-2.amazonaws.com/xgboost:1"],
  ["linear-learner", "us-west-2", "174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1"],
  ["linear-learner:1", "us-gov-west-1", "226302683700.dkr.ecr.us-gov-west-1.amazonaws.com/linear-learner:1"],
  ["kmeans", "cn-north-1", "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/kmeans:1"],
  ["image-classification", "us-east-1", "811284229777.dkr.ecr.us-east-1.amazonaws.com/image-classification:1"],
  ["forecasting-deepar", "us-east-1", "522234722520.dkr.ecr.us-east-1.amazonaws.com/forecasting-deepar:1"],
  ["lda", "us-east-1", "766337827248.dkr.ecr.us-east-1.amazonaws.com/lda:1"],
]

const REFUSED: readonly (readonly [...Given, message: RegExp])[] = [
  ["framework pytorch:2.3", "us-east-1", "ml.m5.large", undefined, /^framework "pytorch:2\.3" needs python, e\.g\. py311$/],
  ["framework pytorch:2", "us-east-1", "ml.m5.large", "py3", /"2" of pytorch; allowed are .*2\.3 or 2\.3\.0/],
  ["framework pytorch:2.3.0.1", "us-east-1", "ml.m5.large", "py3", /"2\.3\.0\.1" of pytorch/],
  ["framework tensorflow:2.x", "us-east-1", "ml.m5.large", "py3", /"2\.x" of tensorflow/],
  ["framework mxnet:1.09", "us-east-1", "ml.m5.large", "py3", /"1\.09" of mxnet/],
  ["framework mxnet:1.5.9", "us-east-1", "ml.m5.large", "py3", /no image of 1\.5 is known/],
  ["framework pytorch:2.0", "us-east-1", "ml.p2.xlarge", "py310", /newer GPUs than those of ml\.p2/],
  ["framework tensorflow:2.12", "us-east-1", "ml.p2.xlarge", "py310", /ml\.p2\.xlarge/],
  ["framework pytorch:1.13", "us-east-1", "ml.trn1.2xlarge", "py39", /ml\.trn1\.2xlarge/],
  ["framework tensorflow:1.10", "us-east-1", "ml.m5.large", "py2", /script mode begins with 1\.11: set image/],
  ["framework pytorch:0.3", "us-east-1", "ml.m5.large", "py3", /begins with 0\.4/],
  ["framework pytorch:1.1", "me-central-1", "ml.m5.large", "py3", /sagemaker-pytorch .* in me-central-1; known are/],
  ["framework tensorflow:2.3.0", "us-west-2", "ml.p4d.24xlarge", "py37", /CUDA 11 is known only in 2\.3 with py37, 2\.3\.1 with py37, 2\.3\.2 with py37/],
  ["framework pytorch:1.6", "us-west-2", "ml.p4d.24xlarge", "py37", /known only in 1\.6 with py3, 1\.6 with py36, 1\.6\.0 with py3/],
  ["framework pytorch:2.4", "us-iso-east-1", "ml.m5.large", "py311", /in us-iso-east-1; known are (?!.*iso)/],
  ["framework pytorch:2.0", "us-isof-east-1", "ml.m5.large", "py310", /in us-isof-east-1/],
  ["framework tensorflow:2.12", "us-isob-east-1", "ml.m5.large", "py310", /in us-isob-east-1/],
  ["framework mxnet:1.9", "us-isof-south-1", "ml.m5.large", "py38", /in us-isof-south-1/],
  ["framework pytorch:2.3", "eusc-de-east-1", "ml.m5.large", "py311", /in eusc-de-east-1/],
  ["algorithm xgboost:1", "il-central-1", "ml.m5.large", undefined, /xgboost .* in il-central-1/],
  ["framework tensorflow:1.12", "me-central-1", "ml.m5.large", "py3", /in me-central-1; known are .*us-east-1/],
  ...["ap-east-2", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "mx-central-1"].map(
    (region) => ["framework mxnet:1.9", region, "ml.m5.large", "py38", /mxnet-training:1\.9 .* known are (?!.*mx-)/] as const,
  ),
  ["framework scikit-learn:1.2-1", "us-east-1", "ml.p3.2xlarge", undefined, /machines without a GPU/],
  ["framework scikit-learn:1.2", "us-east-1", "ml.m5.large", undefined, /allowed are .*1\.2-1/],
  ["framework xgboost:1.0-1", "us-east-1", "ml.p3.2xlarge", undefined, /machines without a GPU/],
  ["framework xgboost:1.1-1", "us-east-1", "ml.m5.large", undefined, /"1\.1-1" of xgboost; allowed are .*from 1\.2-1/],
  ["framework xgboost:0.82-1", "us-east-1", "ml.m5.large", undefined, /allowed are 0\.90-1 to 1\.0-1/],
  ["framework xgboost:1.5", "us-east-1", "ml.m5.large", undefined, /"1\.5" of xgboost/],
  ["framework xgboost:latest", "us-east-1", "ml.m5.large", undefined, /"latest" of xgboost/],
  ["algorithm xgboost", "us-east-1", "ml.m5.large", undefined, /needs its version, e\.g\. xgboost:1\.5-1/],
  ["algorithm linear-learner:2", "us-east-1", "ml.m5.large", undefined, /version "2" of linear-learner; allowed are 1$/],
  ["algorithm lda", "eu-west-3", "ml.m5.large", undefined, /lda .* in eu-west-3/],
  ["algorithm linear-learnr", "us-east-1", "ml.m5.large", undefined, /linear-learner/],
]

describe("AWS's own images", () => {
  test.each(FOUND)("%s in %s for %s with %s", (what, region, type, python, expected) => {
    expect(image([what, region, type, python])).toBe(expected)
  })

  test.each(BUILT_IN)("the algorithm %s in %s", (what, region, expected) => {
    expect(image([`algorithm ${what}`, region, "ml.m5.large"])).toBe(expected)
  })

  test.each(REFUSED)("are refused, not guessed: %s in %s for %s with %s", (what, region, type, python, message) => {
    expect(failure([what, region, type, python])).toMatch(message)
  })

  test("are those for CUDA 11 under SageMaker's data parallelism too", () => {
    const smddp = { kind: "smddp" } as const
    const at = (what: string, python: string) => image([what, "us-east-1", "ml.p3.16xlarge", python], smddp)
    expect(at("framework tensorflow:2.3.1", "py37")).toMatch(/:2\.3\.1-gpu-py37-cu110-ubuntu18\.04$/)
    expect(at("framework pytorch:1.6", "py36")).toMatch(/:1\.6-gpu-py36-cu110-ubuntu18\.04-v3$/)
    expect(at("framework tensorflow:2.4.1", "py37")).toMatch(/:2\.4\.1-gpu-py37$/)
    expect(() => at("framework tensorflow:2.3.0", "py37")).toThrow(/set image to its full URI/)
  })

  test("exist for linear-learner in every region where XGBoost is, and are one form everywhere", () => {
    const form = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov)\/linear-learner:1$/
    const has = (what: string, region: string) => !failure([what, region, "ml.m5.large"]).includes("no image")
    for (const region of KNOWN_REGIONS) {
      const isThere = has("algorithm linear-learner", region)
      expect([region, isThere]).toEqual([region, has("algorithm xgboost:1.7-1", region)])
      if (isThere) expect(image(["algorithm linear-learner", region, "ml.m5.large"])).toMatch(form)
    }
  })

  test("choose a processor for every type of machine, or refuse it", () => {
    for (const type of KNOWN_INSTANCE_TYPES) {
      const expected = /^ml\.(?:trn|p2\.)/.test(type) ? "no image" : /^ml\.[gp]/.test(type) ? ":2.3-gpu-" : ":2.3-cpu-"
      expect(failure(["framework pytorch:2.3", "us-east-1", type, "py311"]).replace("there is no image", "no image")).toContain(
        expected,
      )
    }
  })
})

describe("an image of the user's", () => {
  test.each(["huggingface-pytorch", "pytorch", "tensorflow"])("replaces that of %s, whatever its version", (name) => {
    const own = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-training:of-my-own"
    const trains = { kind: "framework", name, version: "4.36-pytorch2.1", python: null, image: own } as const
    const place = aPlace({ region: "us-east-1", instanceType: "ml.p4d.24xlarge" })
    expect(trainingImage({ region: "us-east-1", trains, distribution: { kind: "smddp" } }, place)).toBe(own)
  })

  const at = (uri: string, region: string) => {
    const trains = { kind: "image", image: uri } as const
    return trainingImage({ region: "us-east-1", trains, distribution: { kind: "none" } }, aPlace({ region }))
  }
  const own = "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1"

  test("stays as it is in the row's region", () => {
    expect(at(own, "us-east-1")).toBe(own)
  })

  test("of the row's registry is taken from the registry of a place in another region", () => {
    expect(at(own, "eu-west-1")).toBe("123456789012.dkr.ecr.eu-west-1.amazonaws.com/trainer:1")
  })

  test("of any other registry stays as it is", () => {
    const other = "123456789012.dkr.ecr.us-west-2.amazonaws.com/trainer:1"
    expect(at(other, "eu-west-1")).toBe(other)
    expect(at("docker.io/library/trainer:1", "eu-west-1")).toBe("docker.io/library/trainer:1")
  })
})
