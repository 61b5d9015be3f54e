import { planRun } from "../../app/plan-run.ts"
import { PolicyGathering } from "../../app/policy-facts.ts"
import { RegattaError } from "../../core/errors.ts"
import { buildPolicy } from "../../core/policy/build-policy.ts"
import type { Grantee } from "../../core/policy/iam-action.ts"
import { type Call, requiredArgument } from "../command.ts"
import { formatCount } from "../output/format.ts"
import { withProgress } from "../output/progress.ts"
import { placedRequest } from "../placing-ports.ts"
import { planRequest } from "../plan-request.ts"
import { requestOf, savedPlanOf } from "../saved-plan-argument.ts"
import { unplannable } from "../say-problems.ts"

/** Longest managed policy, without white space (source: IAM quotas). */
const LONGEST_POLICY = 6144

export function policyWorker(call: Call): Promise<number> {
  return printPolicy(call, "worker")
}

export function policyCommand(call: Call): Promise<number> {
  return printPolicy(call, "command")
}

/** Prints the IAM policy that the grantee needs for a manifest: one document, in every format. Asks nobody, unless rows may move and no saved plan says where. */
async function printPolicy(call: Call, grantee: Grantee): Promise<number> {
  const { shell } = call
  const byHand = ["array-file", "array-config"].flatMap((name) => {
    const uri = call.options.has(name) ? call.options.text(name) : null
    if (uri === null) return []
    if (/^s3:\/\/[^/]+\/.+/.test(uri)) return [uri]
    throw new RegattaError("usage", `--${name} is s3://bucket/key, got "${uri}"`)
  })
  const typed = requiredArgument(call, 0)
  const saved = await savedPlanOf(call, typed)
  const request = requestOf(saved?.request ?? planRequest(call, typed, null), saved)
  const session = await call.session(saved?.request ?? { manifest: request.manifest })
  const { config } = session
  if (config.on !== "aws") {
    throw new RegattaError("unsupported", `a policy is for AWS, and this manifest runs on ${config.on}`, {
      hint: "give --on aws, or set on: aws in regatta.yaml",
    })
  }
  const ports = session.ports()
  const [preview, actions] = [await ports.preview(), await (ports.actions?.() ?? [])]
  const gathering = new PolicyGathering(preview, config)
  const planning = { files: session.files, world: shell, service: preview }
  const planned = await withProgress(shell, "reading rows", async () => {
    const placed = await placedRequest(call, session, request)
    return planRun(planning, config, placed, async (spec, code) => gathering.add(spec, code !== null))
  })
  if (planned.plan === null) throw unplannable(request.manifest, planned)
  const policy = buildPolicy(actions, grantee, gathering.facts(grantee, byHand))
  shell.out(`${JSON.stringify(policy, null, 2)}\n`)
  const length = JSON.stringify(policy).length
  if (length > LONGEST_POLICY)
    shell.err(`this is longer than a managed policy may be: ${formatCount(length, "character")} of ${LONGEST_POLICY}\n`)
  return 0
}
