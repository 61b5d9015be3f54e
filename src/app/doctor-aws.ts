// What runs on aws need, looked at by real calls in an order in which what comes later needs what came before: without credentials
// nothing else is asked. What cannot be asked is not called right. It changes nothing.

import type { Config } from "../core/config/config.ts"
import { RegattaError } from "../core/errors.ts"
import { settingLayers } from "../core/manifest/row-settings.ts"
import type { AccountPorts } from "../ports/account-ports.ts"
import type { Caller } from "../ports/caller.ts"
import type { ObjectStore } from "../ports/object-store.ts"
import type { RunTable } from "../ports/run-table.ts"
import { isDefaultBucket } from "./account-questions.ts"
import { advice, asking, type Check, looking, notChecked, right, wrong } from "./doctor-check.ts"
import { tableCheck } from "./doctor-local.ts"

export interface AwsLook {
  readonly account: AccountPorts
  /** null: there is none yet, and none is made. Errors as of the table. */
  readonly existingTable: () => Promise<RunTable | null>
  readonly objects: () => Promise<Pick<ObjectStore, "home">>
}

const LATER = ["home region", "clock", "regions", "central table", "home bucket", "job queue", "worker image", "role"]
/** A signature is refused beyond five minutes; a clock that is this far off will be. */
const MOST_OFFSET_MS = 60_000

/** @param regions of the manifest's rows, where one was given. */
export async function checkAws(look: AwsLook, config: Config, regions: readonly string[]): Promise<readonly Check[]> {
  let caller: Caller | null = null
  const credentials = await looking("credentials", async () => {
    caller = await look.account.caller()
    return callerCheck(caller, config)
  })
  if (caller === null) return [...credentials, ...LATER.map((name) => notChecked(name, "needs credentials"))]
  const { home } = config
  if (home === null) throw new RegattaError("fault", "who the caller is was asked without a home region")
  const wanted = [...new Set([home, ...Object.keys(config.regions), ...regions])]
  return [
    ...credentials,
    ...(await asking("clock", () => clockCheck(look, home))),
    ...(await regionChecks(look, wanted)),
    ...(await looking("central table", async () => tableCheck(await look.existingTable(), config))),
    ...(await asking("home bucket", () => bucketCheck(look, home))),
    ...(await asking("job queue", () => queueChecks(look))),
    ...(await asking("worker image", () => imageCheck(look, config))),
    ...jobRoleCheck(config),
    ...(await roleChecks(look, config, caller)),
  ]
}

function callerCheck(caller: Caller, { account }: Config): Check {
  if (account === null || account === caller.account) return right("credentials", caller.name)
  const detail = `${caller.name} is of account ${caller.account}, and regatta.yaml says ${account}`
  return wrong("credentials", detail, "use credentials of that account (AWS_PROFILE), or correct account", "denied")
}

async function clockCheck({ account }: AwsLook, home: string): Promise<Check> {
  const offset = await (await account.regions()).clockOffset(home)
  if (offset === null) return notChecked("clock", `AWS in ${home} did not say what time it is`)
  const seconds = Math.round(Math.abs(offset) / 1000)
  const side = offset > 0 ? "behind" : "ahead of"
  if (Math.abs(offset) <= MOST_OFFSET_MS) return right("clock", `at most ${seconds + 1}s from AWS's`)
  return wrong(
    "clock",
    `this machine is ${seconds}s ${side} AWS`,
    "set the clock, for example with NTP: signatures are refused beyond 5 minutes",
  )
}

async function regionChecks({ account }: AwsLook, regions: readonly string[]): Promise<readonly Check[]> {
  const book = await account.regions()
  const all = regions.map((region) =>
    looking(`region ${region}`, async () => {
      if (await book.isEnabled(region)) return right(`region ${region}`, "enabled for the account")
      const mend = `enable it: aws account enable-region --region-name ${region}`
      return wrong(`region ${region}`, "refuses the account's credentials: it is not enabled", mend, "denied")
    }),
  )
  return (await Promise.all(all)).flat()
}

async function bucketCheck(look: AwsLook, home: string): Promise<Check> {
  const uri = (await look.objects()).home(home)
  const bucket = uri.split("/")[2] ?? ""
  const found = await (await look.account.buckets()).bucketRegion(bucket)
  if (found === home) return right("home bucket", `${uri} is in ${home}`)
  if (found === null && isDefaultBucket(bucket, home))
    return advice("home bucket", `there is no bucket ${bucket} yet`, "nothing: the first submission makes it")
  const mend = `aws s3 mb s3://${bucket} --region ${home}, or set storage.code`
  if (found === null) return wrong("home bucket", `there is no bucket ${bucket}`, mend, "notFound")
  return wrong(
    "home bucket",
    `${bucket} is in ${found}, and home is ${home}`,
    "name a bucket of the home region in storage.code",
  )
}

async function queueChecks({ account }: AwsLook): Promise<readonly Check[]> {
  const found = await (await account.queueCheck()).look()
  return found.map(({ what, isRight, detail, mend }) =>
    isRight ? right(what, detail) : wrong(what, detail, mend ?? "see its state in AWS Batch"),
  )
}

async function imageCheck({ account }: AwsLook, { batch }: Config): Promise<readonly Check[]> {
  const image = batch?.image
  if (image === undefined) return batch?.job_definition === undefined ? [unset("image", "its image")] : []
  const digest = await (await account.images()).digest(image)
  if (digest !== null) return [right("worker image", `${image} is ${digest.slice(0, 19)}`)]
  return [wrong("worker image", `there is no image ${image}`, "push it, or correct batch.image", "notFound")]
}

function jobRoleCheck({ batch }: Config): readonly Check[] {
  const isNeeded = batch?.job_definition === undefined && batch?.job_role === undefined
  return isNeeded ? [unset("job_role", "the role of the worker")] : []
}

/** Without a job definition of one's own, submit registers one, and needs this for it. */
function unset(key: "image" | "job_role", what: string): Check {
  const mend = `set batch.${key} in regatta.yaml, or batch.job_definition`
  return wrong(`batch.${key}`, `is not set: the worker's job definition needs ${what}`, mend)
}

/** The roles that regatta.yaml names for training jobs. */
async function roleChecks({ account }: AwsLook, config: Config, caller: Caller): Promise<readonly Check[]> {
  const layers = settingLayers(config)
  const named = ["", ...Object.keys(config.regions)].flatMap((region) => layers.of(region).get("role")?.text ?? [])
  const roles = [...new Set(named)].filter((role) => !role.includes("{"))
  if (roles.length === 0) return [notChecked("role", "regatta.yaml names none; rows may")]
  const book = await account.roles()
  const launcher = config.batch?.job_role ?? caller.name
  const checks = roles.map(async (role) => [
    ...(await asking(`role ${role}`, async () => {
      const trusts = await book.trusts(role)
      if (trusts === null) return wrong(`role ${role}`, "there is no such role", "make it, or correct role", "notFound")
      if (trusts) return right(`role ${role}`, "SageMaker may assume it")
      const mend = "let sagemaker.amazonaws.com assume it in its trust policy"
      return wrong(`role ${role}`, "SageMaker may not assume it", mend, "denied")
    })),
    ...(await asking(`passing ${role}`, async () => {
      if (await book.mayPass(launcher, role)) return right(`passing ${role}`, `allowed to ${launcher}`)
      const mend = "allow iam:PassRole on it, with iam:PassedToService sagemaker.amazonaws.com"
      return wrong(`passing ${role}`, `not allowed to ${launcher}`, mend, "denied")
    })),
  ])
  return (await Promise.all(checks)).flat()
}
