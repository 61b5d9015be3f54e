import type { InstanceGroup, JobSpec } from "../job/job-spec.ts"
import type { Place } from "../job/place.ts"
import { type Kind, list, type Parsed, parsed, refused, text } from "./kind.ts"

const MOST_GROUPS = 5
const FORM = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})=(ml\.[a-z0-9-]+\.[a-z0-9-]+)\*(\d{1,5})$/

/** Machines of several types in one training job: `gpu=ml.p3.2xlarge*2; cpu=ml.c5.4xlarge*1`. */
export function instanceGroups(): Kind<readonly InstanceGroup[]> {
  return list(group(), 1, MOST_GROUPS)
}

function group(): Kind<InstanceGroup> {
  const allowed = "name=instance_type*count such as gpu=ml.p3.2xlarge*2"
  return {
    ...text({ most: 160 }),
    allowed,
    parse(value): Parsed<InstanceGroup> {
      const [, name, instanceType, count] = FORM.exec(value) ?? []
      if (name === undefined || instanceType === undefined || Number(count) < 1) return refused(`expected ${allowed}`)
      return parsed({ name, instanceType, instances: Number(count) })
    },
  }
}

/**
 * What stands for the machines of a place with several types: `2*ml.p3.2xlarge+1*ml.c5.4xlarge`. It is no type, so that no
 * limit and no price of a single type is applied to them by mistake: their price is unknown.
 */
export function groupsType(groups: readonly InstanceGroup[]): string {
  return groups.map(({ instanceType, instances }) => `${instances}*${instanceType}`).join("+")
}

/** The type that chooses image and processor: the first group's with GPUs, else the first's; without groups the place's. */
export function mainType({ service }: Pick<JobSpec, "service">, place: Pick<Place, "instanceType">): string {
  const groups = service?.instanceGroups
  if (groups === undefined) return place.instanceType
  const main = groups.find(({ instanceType }) => /^ml\.[gp]/.test(instanceType)) ?? groups[0]
  return main?.instanceType ?? place.instanceType
}
