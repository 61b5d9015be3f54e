import { BaseSequencer, type TestSpecification } from "vitest/node"

/** Files of a minute and more on two cores, longest first: one that begins last keeps the other core idle until it ends. */
const LONG = [
  "examples",
  "kills/kills",
  "wire/wire",
  "documents",
  "aws/secrets",
  "bad-input/bad-table",
  "aws/least-privilege",
  "run-table/dynamodb-contract",
  "run-table/dynamodb",
  "local-process",
  "aws/outages",
  "local-process-crashes",
  "aws/road",
  "aws/submit-killed",
  "run-table/sqlite-processes",
  "bad-input/full-disk",
]

/** Without results of an earlier run vitest begins with the files of most bytes, which says nothing of their time. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => (one.project.name === other.project.name ? rank(one) - rank(other) : 0))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONG.findIndex((name) => moduleId.endsWith(`/test/e2e/${name}.test.ts`))
  return at === -1 ? LONG.length : at
}
