// Questions about the account of a world file, with the answers of an empty one: all regions, every role and image, high quotas.
// It holds nothing that changes: jobs and objects belong to the models.
import type { World } from "../../core/config/world-file.ts"
import { KNOWN_REGIONS } from "../../core/manifest/regions.ts"
import type { EndpointCourse } from "../sagemaker/endpoint-course.ts"
import type { TrainingRequest } from "../sagemaker/training-request.ts"
import type { TrainingCourse, TrainingWorld } from "../sagemaker/training-world.ts"
import { courseOf } from "./course-of.ts"
import { endpointCourse, predictionOf } from "./endpoint-course-of.ts"
import { imageDigest, imageParts } from "./image-name.ts"
import { matchesGlob } from "./seed-of.ts"

const DEFAULT_QUOTA = 1000
const TRAINER = "sagemaker.amazonaws.com"

/** It must depend on nothing but its arguments. */
export type ChangeCourse = (course: TrainingCourse, region: string, request: TrainingRequest) => TrainingCourse

export class ModelledWorld implements TrainingWorld {
  readonly world: World
  readonly account: string
  readonly #changed: ChangeCourse | null

  /** @param changed what a job does in place of what the world says; null: nothing else. */
  constructor(world: World, changed: ChangeCourse | null = null) {
    this.world = world
    this.#changed = changed
    this.account = world.account ?? "123456789012"
  }

  get caller(): string {
    return this.world.caller ?? `arn:aws:iam::${this.account}:user/regatta`
  }

  /** Whether the account may use the region; no other region exists. */
  isEnabled(region: string): boolean {
    const listed = this.world.regions?.[region]
    if (listed !== undefined) return listed.enabled ?? true
    return this.world.other_regions !== "disabled" && KNOWN_REGIONS.has(region)
  }

  offers(region: string, type: string): boolean {
    return this.world.regions?.[region]?.types?.includes(type) ?? true
  }

  quota(region: string, type: string, isSpot: boolean): number {
    return this.appliedQuota(region, type, isSpot) ?? this.defaultQuota
  }

  /** null: none was ever set for the account, and the service's default holds. */
  appliedQuota(region: string, type: string, isSpot: boolean): number | null {
    return this.world.regions?.[region]?.quotas?.[isSpot ? `${type}/spot` : type] ?? null
  }

  get defaultQuota(): number {
    return this.world.quota ?? DEFAULT_QUOTA
  }

  /** USD per instance-hour of training; null: unknown. */
  price(region: string, type: string): number | null {
    const { prices = {} } = this.world
    return prices[region]?.[type] ?? prices["all"]?.[type] ?? null
  }

  isAssumable(roleArn: string): boolean {
    const role = this.roleNamed(roleArn.split("/").at(-1) ?? "")
    if (role === null || !role.trusts.includes(TRAINER)) return false
    return this.world.roles === undefined || roleArn.endsWith(`:role${role.path}${role.name}`)
  }

  /** null: there is no such role. */
  roleNamed(name: string): { readonly name: string; readonly path: string; readonly trusts: readonly string[] } | null {
    const { roles } = this.world
    if (roles === undefined)
      return { name, path: "/", trusts: [TRAINER, "ecs-tasks.amazonaws.com", "scheduler.amazonaws.com"] }
    const role = roles[name]
    return role === undefined ? null : { name, path: role.path ?? "/", trusts: role.trusts ?? [TRAINER] }
  }

  /** Images of other accounts, such as AWS's own, are not ours to list: they exist. */
  hasImage(uri: string): boolean {
    const parts = imageParts(uri)
    if (parts === null || parts.registry !== this.account || this.world.images === undefined) return true
    const images = this.imagesIn(parts.region, parts.repository)
    return images.some(({ tag, digest }) => (parts.digest === null ? tag === parts.tag : digest === parts.digest))
  }

  /** Tags of a listed repository in a region. */
  imagesIn(region: string, repository: string): readonly { readonly tag: string; readonly digest: string }[] {
    return (this.world.images ?? [])
      .filter((image) => image.repository === repository && (image.regions?.includes(region) ?? true))
      .flatMap(({ tags, digest }) => tags.map((tag) => ({ tag, digest: digest ?? imageDigest(repository, tag) })))
  }

  repositoriesIn(region: string): readonly string[] {
    const images = (this.world.images ?? []).filter(({ regions }) => regions?.includes(region) ?? true)
    return [...new Set(images.map(({ repository }) => repository))].toSorted()
  }

  /** `sagemaker:CreateTrainingJob`, … */
  isDenied(action: string): boolean {
    return (this.world.denied ?? []).some((glob) => matchesGlob(glob.toLowerCase(), action.toLowerCase()))
  }

  endpointCourseOf(region: string, name: string, models: readonly string[]): EndpointCourse {
    return endpointCourse(this.world, region, name, models)
  }

  predictionOf(region: string, endpoint: string, model: string): string | null {
    return predictionOf(this.world, region, endpoint, model)
  }

  courseOf(region: string, request: TrainingRequest): TrainingCourse {
    const course = courseOf(this.world, region, request)
    return this.#changed === null ? course : this.#changed(course, region, request)
  }
}
