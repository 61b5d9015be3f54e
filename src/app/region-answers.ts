// Which regions answer: kept while a training service is asked, so that a reader can be told of those that do not.
// It asks nothing by itself and changes no answer.
import { isRegattaError } from "../core/errors.ts"
import type { TrainingService } from "../ports/training-service.ts"

export interface RegionAnswers {
  /** The service, watched. */
  readonly training: TrainingService
  /** Regions that are being asked now, or whose last answer was none; in order. */
  silent(): readonly string[]
  /** Of these, those whose last call has ended: it is known that they did not answer. */
  known(): readonly string[]
}

export function watchAnswers(training: TrainingService): RegionAnswers {
  const asked = new Map<string, number>()
  const silent = new Set<string>()

  async function watched<T>(region: string, call: Promise<T>, isNone: (answer: T) => boolean): Promise<T> {
    asked.set(region, (asked.get(region) ?? 0) + 1)
    try {
      const answer = await call
      if (isNone(answer)) silent.add(region)
      else silent.delete(region)
      return answer
    } catch (error) {
      if (isRegattaError(error, "unavailable")) silent.add(region)
      throw error
    } finally {
      asked.set(region, (asked.get(region) ?? 1) - 1)
    }
  }

  return {
    training: {
      create: (run, spec, attempt, signal) => training.create(run, spec, attempt, signal),
      describe: (run, attempt) =>
        watched(attempt.held.place.region, training.describe(run, attempt), ({ kind }) => kind === "nothing"),
      stop: (run, attempt) =>
        watched(attempt.held.place.region, training.stop(run, attempt), (answer) => answer === "unknown"),
      changedSince: (region, prefix, since, page) => training.changedSince(region, prefix, since, page),
    },
    silent() {
      const waitedFor = [...asked].flatMap(([region, calls]) => (calls > 0 ? [region] : []))
      return [...new Set([...waitedFor, ...silent])].sort()
    },
    known: () => [...silent].sort(),
  }
}

/** `eu-west-1 does not answer`; null: all do. */
export function silenceText(regions: readonly string[]): string | null {
  if (regions.length === 0) return null
  return `${regions.join(", ")} ${regions.length === 1 ? "does" : "do"} not answer`
}
