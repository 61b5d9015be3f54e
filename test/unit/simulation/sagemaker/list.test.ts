import { describe, expect, test } from "vitest"
import { START, TrainingBed } from "./training-bed.ts"

type Input = Readonly<Record<string, unknown>>

/** Jobs job-00 to job-11, one per minute; each runs for 135 s. */
function aBed(listFilters: "before-cut" | "after-cut" = "before-cut"): TrainingBed {
  const bed = new TrainingBed({ listFilters })
  for (let at = 0; at < 12; at++) bed.create({ TrainingJobName: `job-${String(at).padStart(2, "0")}` }, at * 60)
  return bed
}

function page(bed: TrainingBed, input: Input, second = 661): { names: string[]; next: unknown } {
  const answer = bed.call("ListTrainingJobs", input, second)
  if (!answer.ok) throw new Error(answer.fault.message)
  const jobs = answer.output["TrainingJobSummaries"] as readonly { readonly TrainingJobName: string }[]
  return { names: jobs.map(({ TrainingJobName }) => TrainingJobName), next: answer.output["NextToken"] }
}

function all(bed: TrainingBed, input: Input): string[] {
  const names: string[] = []
  for (let token: unknown, more = true; more; ) {
    const got = page(bed, token === undefined ? input : { ...input, NextToken: token })
    names.push(...got.names)
    token = got.next
    more = token !== undefined
  }
  return names
}

describe("ListTrainingJobs", () => {
  test("gives ten a page unless asked for another number", () => {
    const bed = aBed()
    expect(page(bed, {}).names).toHaveLength(10)
    expect(page(bed, { MaxResults: 5 }).names).toHaveLength(5)
    expect(page(bed, { MaxResults: 12 }).next).toBeUndefined()
    expect(all(bed, {})).toHaveLength(12)
  })

  test.each([
    [{}, "job-00"],
    [{ SortOrder: "Descending" }, "job-11"],
    [{ SortBy: "Name", SortOrder: "Descending" }, "job-11"],
    [{ SortBy: "Status" }, "job-00"],
    [{ SortBy: "Status", SortOrder: "Descending" }, "job-11"],
  ])("sorts by %j", (input, first) => {
    const names = all(aBed(), { ...input, MaxResults: 3 })
    expect(names[0]).toBe(first)
    expect(new Set(names).size).toBe(12)
  })

  test("applies StatusEquals after the page is cut: short and empty pages with a token", () => {
    const bed = aBed()
    // At 661 s the jobs of the last 135 s are still in progress: 09, 10 and 11.
    expect(page(bed, { StatusEquals: "InProgress", MaxResults: 5 })).toMatchObject({
      names: [],
      next: expect.any(String),
    })
    expect(all(bed, { StatusEquals: "InProgress", MaxResults: 5 })).toEqual(["job-09", "job-10", "job-11"])
  })

  const filters: readonly (readonly [Input, readonly string[]])[] = [
    [{ NameContains: "job-1" }, ["job-10", "job-11"]],
    [{ CreationTimeAfter: START / 1000 + 600 }, ["job-10", "job-11"]],
    [{ CreationTimeBefore: START / 1000 + 60 }, ["job-00", "job-01"]],
    [{ LastModifiedTimeAfter: new Date(START + 550_000) }, ["job-07", "job-08", "job-09", "job-10", "job-11"]],
    [{ WarmPoolStatusEquals: "Available" }, []],
  ]

  test.each(filters)("filters by %j, before or after the cut", (input, names) => {
    expect(page(aBed("before-cut"), input).names).toEqual(names)
    expect(all(aBed("after-cut"), { ...input, MaxResults: 5 })).toEqual(names)
  })

  test("with filters after the cut, pages are short although a token is set", () => {
    expect(page(aBed("after-cut"), { NameContains: "job-1" })).toMatchObject({ names: [], next: expect.any(String) })
  })

  test("shows each job once although others come between two pages", () => {
    const bed = aBed()
    const first = page(bed, { MaxResults: 6, SortOrder: "Descending" })
    bed.create({ TrainingJobName: "job-12" }, 662)
    const second = page(bed, { MaxResults: 6, SortOrder: "Descending", NextToken: first.next }, 663)
    expect([...first.names, ...second.names].toSorted()).toEqual(all(aBed(), {}))
  })

  test.each([
    { MaxResults: 0 },
    { MaxResults: 101 },
    { NameContains: "a_b" },
    { StatusEquals: "Dead" },
    { NextToken: "?" },
  ])("refuses %j", (input) => {
    expect(aBed().call("ListTrainingJobs", input)).toMatchObject({ fault: { name: "ValidationException" } })
  })
})
