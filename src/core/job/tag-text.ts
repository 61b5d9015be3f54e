/** Longest value of a tag, and what may not stand in one (source: Tag, API reference of SageMaker). */
const LONGEST_VALUE = 256
const NOT_ALLOWED = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu

/** A text as a tag can hold it. */
export function tagText(text: string): string {
  return [...text.replaceAll(NOT_ALLOWED, "_")].slice(0, LONGEST_VALUE).join("")
}
