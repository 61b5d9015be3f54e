// The process behind one array on local: starts one worker per child and tries again by Batch's rules.
// It never touches a row and never a training job; killed at any moment, another one goes on where it was.
import { isRegattaError, RegattaError } from "../../../core/errors.ts"
import { type LocalArray, readArray } from "./array-folder.ts"
import { Carrier, type CarryArrayDeps } from "./carrier.ts"
import { JournalReader } from "./journal.ts"
import { carrierSeat, isHeld, takeFreeSeat, WorkerPlaces } from "./seats.ts"

/** Carries the array of this folder to its end. Returns at once where another process does so already. */
export async function carryArray(folder: string, deps: CarryArrayDeps): Promise<number> {
  const array = await readArray(folder)
  if (array === null) throw new RegattaError("notFound", `no array was submitted in ${folder}`)
  if (!(await outwaited(deps, () => sitDown(array.name, deps)))) return 0
  const journal = new JournalReader(folder)
  await journal.refresh()
  const carrier = new Carrier({
    folder,
    array,
    journal,
    regionOf: await outwaited(deps, () => readRegions(array, deps)),
    places: new WorkerPlaces(deps.table, array.run, array.parallel, deps.process),
    deps,
  })
  await carrier.carry()
  return 0
}

async function sitDown(array: string, { table, process, world }: CarryArrayDeps): Promise<boolean> {
  const name = carrierSeat(array)
  while (!(await takeFreeSeat(table, name, process, world.clock.now()))) {
    if (isHeld(await table.readSeat(name))) return false
  }
  return true
}

/** Region of each child; where every child may have a place at once, all count as one. */
async function readRegions(array: LocalArray, deps: CarryArrayDeps): Promise<(child: number) => string> {
  // A region that hangs, or waits for its limit, would else hold every place: the others get theirs by turns.
  if (array.size <= Math.min(array.parallel, array.parallelPerRegion)) return () => ""
  const names = new Map<string, string>()
  const regions: string[] = []
  for await (const region of deps.regions(array.run, array)) {
    // One string per region, not one per row.
    const known = names.get(region) ?? region
    names.set(known, known)
    regions.push(known)
  }
  return (child) => regions[child] ?? ""
}

/** The table may be locked or its disk full for a while; the run is not lost for it. */
async function outwaited<T>({ world, timing }: CarryArrayDeps, call: () => Promise<T>): Promise<T> {
  const giveUpAt = world.clock.now() + timing.outwait
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!isRegattaError(error, "unavailable") || world.clock.now() >= giveUpAt) throw error
      await world.clock.sleep(world.clock.now() + timing.backOff)
    }
  }
}
