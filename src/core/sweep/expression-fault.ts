/** What is wrong in an expression, and at which character, from 0. Thrown and caught in this folder only. */
export class Wrong extends Error {
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}
