import type { World, WorldEndpoint } from "../../core/config/world-file.ts"
import type { Span } from "../../core/config/world-kinds.ts"
import { Chance } from "../chance.ts"
import { type EndpointCourse, GIVEN_UP_SECONDS, USUAL_COURSE } from "../sagemaker/endpoint-course.ts"
import { matchesGlob, seedOf } from "./seed-of.ts"

/** By the first rule that is for the endpoint and one of its models. Chance depends on seed, region and name alone. */
export function endpointCourse(
  { endpoints = [], seed = 1 }: Pick<World, "endpoints" | "seed">,
  region: string,
  name: string,
  models: readonly string[],
): EndpointCourse {
  const rule = endpoints.find((each) => models.some((model) => matches(each, region, name, model))) ?? {}
  const chance = new Chance(seedOf(seed, region, name))
  const draw = (span: Span | undefined, usual: number) =>
    span === undefined ? usual : chance.between(span[0], span[1])
  return {
    creatingSeconds: draw(rule.creating, rule.end === "never" ? GIVEN_UP_SECONDS : USUAL_COURSE.creatingSeconds),
    deletingSeconds: draw(rule.deleting, USUAL_COURSE.deletingSeconds),
    end: rule.end ?? USUAL_COURSE.end,
    reason: rule.reason ?? USUAL_COURSE.reason,
  }
}

/** By the first rule that is for the model and has an answer; null: none. */
export function predictionOf(
  { endpoints = [] }: Pick<World, "endpoints">,
  region: string,
  name: string,
  model: string,
): string | null {
  const rule = endpoints.find((each) => each.prediction !== undefined && matches(each, region, name, model))
  return rule?.prediction ?? null
}

function matches({ match = {} }: WorldEndpoint, region: string, name: string, model: string): boolean {
  return matchesGlob(match.name, name) && matchesGlob(match.region, region) && matchesGlob(match.model, model)
}
