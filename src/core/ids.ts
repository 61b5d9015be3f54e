declare const brand: unique symbol
type Id<Brand extends string> = string & { readonly [brand]: Brand }

/** `<prefix>-<UTC yyyymmddhhmmss>-<name, cut>-<4 random>`, lower-case, at most 40 characters; sorts by time. */
export type RunId = Id<"RunId">
/** Who holds a live row; see owner.ts. */
export type OwnerId = Id<"OwnerId">
/** Name of a training job: a pure function of run, row and attempt, at most 63 characters `[a-zA-Z0-9-]`. */
export type JobName = Id<"JobName">
/** `s3://bucket/key` or `file:///absolute/path`. */
export type Uri = Id<"Uri">
/** Where a reader of changes stopped; its content belongs to the table adapter. */
export type Cursor = Id<"Cursor">
/** Milliseconds since 1970-01-01 UTC, always handed in, never read from a clock in core. */
export type Instant = number
