import { type Kind, parsed, refused, text } from "../manifest/kind.ts"

const FORMS = "sqlite:<path> or postgres://user@host/database"

/** `catalog`. A password has no place in it: it would stand in files and in lists of processes. */
export const catalogUrl: Kind<string> = {
  ...text({ most: 1024 }),
  allowed: FORMS,
  parse(given) {
    if (/^sqlite:[^\0]+$/.test(given)) return parsed(given)
    // Up to the last @: a password may hold one, a slash, a blank and a question mark.
    const [, userInfo = ""] = /^postgres(?:ql)?:\/\/(.*)@/s.exec(given) ?? []
    if (userInfo.includes(":") || /[?&]password=/i.test(given))
      return refused(
        `expected ${FORMS} without a password: give that in PGPASSWORD or in the password file (~/.pgpass)`,
      )
    return /^postgres(?:ql)?:\/\/(?:[^@/\s]*@)?[^@/\s]+\/\S+$/.test(given)
      ? parsed(given)
      : refused(`expected ${FORMS}`)
  },
}
