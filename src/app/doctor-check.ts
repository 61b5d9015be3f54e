import { type ErrorCode, isRegattaError, type RegattaError } from "../core/errors.ts"

/** `advice`: not needed by all. `notChecked`: it could not be looked at, which is no sign that it is right. */
export type CheckState = "right" | "wrong" | "advice" | "notChecked"

/** One thing that `doctor` looked at. */
export interface Check {
  readonly name: string
  readonly state: CheckState
  readonly detail: string
  /** How to mend it; null: nothing is to be done. */
  readonly mend: string | null
  /** Of what is wrong: what the exit code is made of. */
  readonly code: ErrorCode | null
}

export function right(name: string, detail: string): Check {
  return { name, state: "right", detail, mend: null, code: null }
}

export function wrong(name: string, detail: string, mend: string, code: ErrorCode = "invalid"): Check {
  return { name, state: "wrong", detail, mend, code }
}

export function advice(name: string, detail: string, mend: string): Check {
  return { name, state: "advice", detail, mend, code: null }
}

export function notChecked(name: string, why: string): Check {
  return { name, state: "notChecked", detail: why, mend: null, code: null }
}

type Look = () => Promise<Check | readonly Check[]>

/** Looks, and tells what is thrown as a check of this name: a thing that cannot be reached is wrong. */
export async function looking(name: string, look: Look): Promise<readonly Check[]> {
  return tellingFailure(look, (error) => failed(name, error))
}

/** The same for a question whose answer only helps: where it may not be asked nothing is wrong yet. */
export async function asking(name: string, look: Look): Promise<readonly Check[]> {
  return tellingFailure(look, (error) =>
    isRegattaError(error, "denied", "unsupported") ? notChecked(name, error.message) : failed(name, error),
  )
}

async function tellingFailure(look: Look, tell: (error: RegattaError) => Check): Promise<readonly Check[]> {
  try {
    const found = await look()
    return "state" in found ? [found] : found
  } catch (error) {
    if (!isRegattaError(error) || error.code === "fault") throw error
    return [tell(error)]
  }
}

function failed(name: string, error: RegattaError): Check {
  const mend = error.hint ?? (error.code === "denied" ? "allow it, or renew the credentials" : "see the message")
  return wrong(name, error.message, mend, error.code)
}
