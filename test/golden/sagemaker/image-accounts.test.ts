// Registries of AWS's images by region: the facts of aws.md 3.3 to 3.10, and every URI recorded from the SageMaker Python SDK.
import { describe, expect, test } from "vitest"
import { trainingImage } from "../../../src/adapters/training-service/sagemaker/images.ts"
import type { Distribution, Trains } from "../../../src/core/job/job-spec.ts"
import { aPlace } from "../../builders.ts"

function image(trains: Trains, region: string, instanceType = "ml.m5.xlarge", kind: "none" | "smddp" = "none"): string {
  const distribution: Distribution = { kind }
  return trainingImage({ region, trains, distribution }, aPlace({ region, instanceType }))
}

function algorithm(name: string, version: string | null = null): Trains {
  return { kind: "algorithm", name, version }
}

function framework(name: string, version: string, python: string | null, transformers?: string): Trains {
  const some = transformers === undefined ? {} : { transformers }
  return { kind: "framework", name, version, python, image: null, ...some }
}

describe("URIs recorded from the SageMaker Python SDK", () => {
  test.each([
    [
      image(algorithm("xgboost", "1.5-1"), "us-west-2"),
      "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.5-1",
    ],
    [
      image(algorithm("xgboost", "1.0-1"), "eu-central-1"),
      "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.0-1-cpu-py3",
    ],
    [
      image(algorithm("linear-learner"), "us-west-1"),
      "632365934929.dkr.ecr.us-west-1.amazonaws.com/linear-learner:1",
    ],
    [
      image(algorithm("image-classification"), "eu-west-1"),
      "685385470294.dkr.ecr.eu-west-1.amazonaws.com/image-classification:1",
    ],
    [
      image(framework("tensorflow", "2.8", "py39"), "cn-north-1", "ml.c5.xlarge"),
      "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/tensorflow-training:2.8-cpu-py39",
    ],
    [
      image(framework("tensorflow", "1.15.5", "py37"), "us-west-2", "ml.p4d.24xlarge"),
      "763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:1.15.5-gpu-py37-cu110-ubuntu18.04",
    ],
    [
      image(framework("pytorch", "1.9.1", "py38"), "cn-northwest-1", "ml.p3.8xlarge"),
      "727897471807.dkr.ecr.cn-northwest-1.amazonaws.com.cn/pytorch-training:1.9.1-gpu-py38",
    ],
    [
      image(framework("pytorch", "1.4.0", "py3"), "ap-east-1", "ml.p3.2xlarge"),
      "871362719292.dkr.ecr.ap-east-1.amazonaws.com/pytorch-training:1.4.0-gpu-py3",
    ],
    [
      image(framework("scikit-learn", "1.2-1", "py3"), "us-east-1"),
      "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
    ],
    [
      image(framework("pytorch", "1.9", "py38"), "us-east-2", "ml.g4dn.xlarge"),
      "763104351884.dkr.ecr.us-east-2.amazonaws.com/pytorch-training:1.9-gpu-py38",
    ],
    [
      image(framework("pytorch", "2.0.1", "py310"), "us-east-1", "ml.p4d.24xlarge"),
      "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.0.1-gpu-py310",
    ],
  ])("%s", (found, expected) => {
    expect(found).toBe(expected)
  })

  test("no image where the SDK refuses: ml.p2 for TensorFlow 2.12, a framework nobody knows", () => {
    expect(() => image(framework("tensorflow", "2.12", "py310"), "us-west-2", "ml.p2.xlarge")).toThrow(/ml\.p2/)
    expect(() => image(framework("nosuch", "1.0", "py3"), "us-west-2")).toThrow(/nosuch/)
  })
})

/** Deep learning containers of PyTorch 2.3, region by region; the rest of those AWS lists have 763104351884. */
const CONTAINERS: Readonly<Record<string, readonly string[]>> = {
  "763104351884": [
    ...["us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"],
    ...["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"],
    ...["ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"],
  ],
  "727897471807": ["cn-north-1", "cn-northwest-1"],
  "442386744353": ["us-gov-west-1"],
  "446045086412": ["us-gov-east-1"],
  "914824155844": ["me-central-1"],
  "217643126080": ["me-south-1"],
  "871362719292": ["ap-east-1"],
  "626614931356": ["af-south-1"],
  "780543022126": ["il-central-1"],
  "204538143572": ["ca-west-1"],
  "886529160074": ["us-iso-east-1"],
  "094389454867": ["us-isob-east-1"],
  "303241398832": ["us-isof-east-1"],
  "454834333376": ["us-isof-south-1"],
}

/** XGBoost and scikit-learn. */
const XGBOOST = {
  "us-east-1": "683313688378",
  "us-east-2": "257758044811",
  "us-west-2": "246618743249",
  "eu-central-1": "492215442770",
  "cn-north-1": "450853457545",
  "us-gov-west-1": "414596584902",
  "us-iso-east-1": "833128469047",
  "us-isob-east-1": "281123927165",
}

const LINEAR_LEARNER = {
  "us-east-1": "382416733822",
  "us-west-1": "632365934929",
  "us-west-2": "174872318107",
  "eu-central-1": "664544806723",
  "cn-north-1": "390948362332",
  "us-gov-west-1": "226302683700",
  "ca-west-1": "190319476487",
  "us-iso-east-1": "490574956308",
  "us-isob-east-1": "765400339828",
}

describe("the account", () => {
  test.each(Object.entries(CONTAINERS).flatMap(([account, regions]) => regions.map((region) => [region, account] as const)))(
    "of the deep learning containers in %s is %s",
    (region, account) => {
      expect(image(framework("pytorch", "2.3", "py311"), region)).toMatch(new RegExp(`^${account}\\.dkr\\.ecr\\.${region}\\.`))
    },
  )

  test.each(Object.entries(XGBOOST))("of XGBoost and scikit-learn in %s is %s", (region, account) => {
    expect(image(algorithm("xgboost", "1.7-1"), region)).toMatch(new RegExp(`^${account}\\.`))
    expect(image(framework("scikit-learn", "1.2-1", null), region)).toMatch(new RegExp(`^${account}\\.`))
  })

  test.each(Object.entries(LINEAR_LEARNER))("of linear-learner in %s is %s", (region, account) => {
    expect(image(algorithm("linear-learner"), region)).toMatch(new RegExp(`^${account}\\.`))
  })

  test.each([
    ["us-west-2", "amazonaws.com"],
    ["us-gov-east-1", "amazonaws.com"],
    ["cn-north-1", "amazonaws.com.cn"],
    ["us-iso-east-1", "c2s.ic.gov"],
    ["us-isob-east-1", "sc2s.sgov.gov"],
    ["us-isof-south-1", "csp.hci.ic.gov"],
  ])("is at the registry's host in %s, which ends in %s", (region, suffix) => {
    expect(image(framework("pytorch", "2.1", "py310"), region).split("/")[0]).toMatch(
      new RegExp(`^\\d{12}\\.dkr\\.ecr\\.${region}\\.${suffix.replaceAll(".", "\\.")}$`),
    )
  })
})

describe("frameworks before the deep learning containers", () => {
  test.each([
    [framework("pytorch", "1.1", "py3"), "520713654638", "sagemaker-pytorch:1.1-gpu-py3"],
    [framework("mxnet", "1.3.0", "py2"), "520713654638", "sagemaker-mxnet:1.3.0-gpu-py2"],
    [framework("mxnet", "1.4.1", "py2"), "520713654638", "sagemaker-mxnet:1.4.1-gpu-py2"],
    [framework("mxnet", "1.4.1", "py3"), "763104351884", "mxnet-training:1.4.1-gpu-py3"],
    [framework("tensorflow", "1.11", "py3"), "520713654638", "sagemaker-tensorflow-scriptmode:1.11-gpu-py3"],
    [framework("tensorflow", "1.13.1", "py2"), "520713654638", "sagemaker-tensorflow-scriptmode:1.13.1-gpu-py2"],
    [framework("tensorflow", "1.14", "py2"), "763104351884", "tensorflow-training:1.14-gpu-py2"],
  ])("%o", (trains, account, expected) => {
    expect(image(trains, "eu-west-1", "ml.p3.2xlarge")).toBe(`${account}.dkr.ecr.eu-west-1.amazonaws.com/${expected}`)
  })
})

describe("images for CUDA 11 on ml.p4d", () => {
  test.each([
    ["tensorflow", "1.15", "py37", "cu110-ubuntu18.04-v8"],
    ["tensorflow", "1.15.4", "py37", "cu110-ubuntu18.04"],
    ["tensorflow", "2.3", "py37", "cu110-ubuntu18.04-v3"],
    ["tensorflow", "2.3.2", "py37", "cu110-ubuntu18.04"],
    ["mxnet", "1.8", "py37", "cu110-ubuntu16.04-v1"],
    ["mxnet", "1.8.0", "py37", "cu110-ubuntu16.04"],
    ["pytorch", "1.6", "py36", "cu110-ubuntu18.04-v3"],
    ["pytorch", "1.6.0", "py3", "cu110-ubuntu18.04"],
  ])("%s %s with %s adds %s", (name, version, python, suffix) => {
    const found = image(framework(name, version, python), "us-east-1", "ml.p4d.24xlarge")
    expect(found).toBe(
      `763104351884.dkr.ecr.us-east-1.amazonaws.com/${name}-training:${version}-gpu-${python}-${suffix}`,
    )
    const plain = image(framework(name, version, python), "us-east-1", "ml.p3.16xlarge")
    expect(plain).toMatch(new RegExp(`:${version}-gpu-${python}$`))
  })
})

describe("Hugging Face", () => {
  const on = (base: string, version: string, transformers?: string, python: string | null = null) =>
    image(framework(`huggingface-${base}`, version, python, transformers), "us-east-1", "ml.p3.2xlarge")
  const repository = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface"

  test.each([
    ["pytorch", "1.6.0", "4.4.2", "py36", "cu110-ubuntu18.04"],
    ["pytorch", "1.8.1", "4.6.1", "py36", "cu111-ubuntu18.04"],
    ["pytorch", "1.8.1", "4.10.2", "py36", "cu110-ubuntu18.04"],
    ["pytorch", "1.10.2", "4.17.0", "py38", "cu113-ubuntu20.04"],
    ["pytorch", "1.10", "4.17", "py38", "cu113-ubuntu20.04"],
    ["pytorch", "1.13.1", "4.26.0", "py39", "cu117-ubuntu20.04"],
    ["pytorch", "2.0.0", "4.28.1", "py310", "cu118-ubuntu20.04"],
    ["pytorch", "2.1", "4.36", "py310", "cu121-ubuntu20.04"],
    ["pytorch", "2.5.1", "4.49.0", "py311", "cu124-ubuntu22.04"],
    ["pytorch", "2.8.0", "4.56.2", "py312", "cu129-ubuntu22.04"],
    ["tensorflow", "2.4.1", "4.5.0", "py37", "cu110-ubuntu18.04"],
    ["tensorflow", "2.6.3", "4.17.0", "py38", "cu112-ubuntu20.04"],
  ])("on %s %s with transformers %s is for %s and %s", (base, version, transformers, python, system) => {
    const expected = `${repository}-${base}-training:${version}-transformers${transformers}-gpu-${python}-${system}`
    expect(on(base, version, transformers)).toBe(expected)
    expect(on(base, version, transformers, python)).toBe(expected)
  })

  test.each([
    ["without transformers", () => on("pytorch", "2.1"), /needs transformers: there are .*4\.36\.0 with huggingface-pytorch:2\.1\.0/],
    ["of no release", () => on("pytorch", "2.2", "4.36"), /no image is known .*2\.2; allowed are .*4\.36\.0 with/],
    ["with another Python", () => on("pytorch", "2.1", "4.36", "py311"), /allowed are python py310 there/],
    [
      "without a GPU",
      () => image(framework("huggingface-pytorch", "2.1", null, "4.36"), "us-east-1"),
      /made for machines with GPUs/,
    ],
    [
      "in a region it did not reach",
      () => image(framework("huggingface-pytorch", "2.1", null, "4.36"), "eu-south-2", "ml.g5.xlarge"),
      /in eu-south-2; known are .*eu-south-1/,
    ],
  ])("%s is refused with what there is", (_, find, said) => {
    expect(find).toThrow(said)
  })

  test("of the older releases is in those regions too", () => {
    const trains = framework("huggingface-pytorch", "1.10", null, "4.17")
    expect(image(trains, "eu-south-2", "ml.g5.xlarge")).toMatch(/^503227376785\./)
  })
})
