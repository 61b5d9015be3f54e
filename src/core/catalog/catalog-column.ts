/**
 * What values of a column of a result are, and how they are written: `number` in digits, `switch` as true or false, `instant`
 * and `date` as ISO 8601, `duration` in seconds, `list` as a JSON array of texts. `untyped`: each value is what it is, and 1 and
 * 0 may stand for true and false. `unreadable`: no cell can hold it.
 */
export type CatalogType =
  | "text"
  | "number"
  | "switch"
  | "instant"
  | "date"
  | "duration"
  | "list"
  | "untyped"
  | "unreadable"

export interface CatalogColumn {
  readonly name: string
  readonly type: CatalogType
  /** The database's own name of the type, for messages. */
  readonly sqlType: string
}

/** A value that no cell can hold, and why. */
export interface UnreadableValue {
  readonly unreadable: string
}

/** null: SQL's NULL. */
export type CatalogValue = string | null | UnreadableValue
