/** A job of a queue, and the region of that queue. */
export interface QueueJob {
  readonly region: string
  readonly id: string
}

/** How a job stands in records and owners: its id, behind `region/` where its queue is not in the home region. */
export function queueJobText(home: string, { region, id }: QueueJob): string {
  return region === home ? id : `${region}/${id}`
}

export function parseQueueJob(home: string, text: string): QueueJob {
  const at = text.indexOf("/")
  return at === -1 ? { region: home, id: text } : { region: text.slice(0, at), id: text.slice(at + 1) }
}

/** The job that has this child: an array's child is named after its parent, a plain job is its own. */
export function parentJob(text: string): string {
  return text.split(":")[0] ?? text
}
