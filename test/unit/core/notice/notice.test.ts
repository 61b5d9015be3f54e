import { describe, expect, test } from "vitest"
import { NO_COUNTS } from "../../../../src/core/decision/row.ts"
import type { OwnerId } from "../../../../src/core/ids.ts"
import { decideNotice, noticeDelay, noticeEnd } from "../../../../src/core/notice/decide-notice.ts"
import {
  dueNotices,
  type NoticeFacts,
  type NoticeState,
  type NotifySettings,
  noticeBody,
  noticeSubject,
} from "../../../../src/core/notice/notice.ts"
import { isAllowedUrl, shownUrl } from "../../../../src/core/notice/webhook-url.ts"
import { aRun } from "../../../builders.ts"
import { FOLLOWER_ME, NOW } from "../../../steps.ts"

const OTHER = "follower|there.2.2.2" as OwnerId
const ALL: NotifySettings = {
  webhook: { url: "https://hooks.example.com/x", urlEnv: null, secretEnv: "REGATTA_HOOK_SECRET", secretFile: null },
  sns: null,
  on: ["ended", "budget", "first-failure"],
}
const NOTHING = { hasEnded: false, firstFailure: null, budget: null }

function someFacts(difference: Partial<NoticeFacts> = {}): NoticeFacts {
  return {
    ...NOTHING,
    counts: { ...NO_COUNTS, completed: 9, failed: 1 },
    size: 10,
    steps: [],
    spentUsd: 1.5,
    ...difference,
  }
}

describe("what is due", () => {
  const row = { index: 3, reason: "out of memory" }

  test("is what happened and what somebody wants to know", () => {
    const run = aRun({ notify: ALL })
    expect(dueNotices(run, NOTHING)).toEqual([])
    const all = dueNotices(run, { hasEnded: true, firstFailure: row, budget: row })
    expect(all.map(({ key }) => key)).toEqual(["notice/first-failure", "notice/budget", "notice/ended/0"])
    const few = aRun({ notify: { ...ALL, on: ["budget"] } })
    expect(dueNotices(few, { hasEnded: true, firstFailure: row, budget: null })).toEqual([])
  })

  test("a run that was tried anew ends anew; a failure is told once", () => {
    const facts = { hasEnded: true, firstFailure: row, budget: null }
    const before = dueNotices(aRun({ notify: ALL }), facts)
    const orders = [{ kind: "retry", rows: "all", at: 7, by: "ada" } as const]
    const after = dueNotices(aRun({ notify: ALL, orders }), facts)
    expect(after.map(({ id }) => before.some((known) => known.id === id))).toEqual([true, false])
    expect(dueNotices(aRun({ notify: ALL, afterRetriedAt: 8 }), facts).at(-1)?.key).toBe("notice/ended/8")
  })
})

test("a body tells run, counts, money and the row that it is about", () => {
  const run = aRun({ notify: ALL, budgetUsd: 25 })
  const facts = someFacts({ firstFailure: { index: 3, reason: "out of memory" } })
  const [due] = dueNotices(run, facts)
  expect(due === undefined ? null : JSON.parse(noticeBody(run, due, facts, NOW))).toEqual({
    version: 1,
    id: `${run.run}/first-failure`,
    event: "first-failure",
    at: "2026-11-20T15:00:00.000Z",
    run: { id: run.run, name: "digits", owner: "ada", on: "local", size: 10 },
    counts: expect.objectContaining({ completed: 9, failed: 1, pending: 0 }),
    cost: { spentUsd: 1.5, budgetUsd: 25 },
    row: { index: 3, reason: "out of memory" },
  })
  expect(noticeSubject(run, "ended", facts)).toMatch(/^rg-\S+ ended: 9 completed, 1 failed, 0 stopped$/)
})

describe("who sends it", () => {
  const due = { event: "ended" } as const
  const sending: NoticeState = {
    ...({ event: "ended", status: "sending", by: OTHER, until: NOW + 5, tries: 1, channels: {}, at: NOW } as const),
  }

  test("whoever claims it first; another only once that one is dead or late, and not for ever", () => {
    const claimed = { do: "claim", next: { by: FOLLOWER_ME, tries: 1, status: "sending" } }
    expect(decideNotice(due, null, FOLLOWER_ME, () => false, NOW)).toMatchObject(claimed)
    expect(decideNotice(due, sending, FOLLOWER_ME, () => false, NOW)).toEqual({ do: "wait", until: NOW + 5 })
    const again = { do: "claim", next: { by: FOLLOWER_ME, tries: 2 } }
    expect(decideNotice(due, sending, FOLLOWER_ME, () => true, NOW)).toMatchObject(again)
    expect(decideNotice(due, sending, FOLLOWER_ME, () => false, NOW + 5)).toMatchObject(again)
    expect(decideNotice(due, { ...sending, tries: 3 }, FOLLOWER_ME, () => true, NOW)).toEqual({ do: "finish" })
  })

  test("nobody once it was sent or given up", () => {
    for (const channels of [
      { webhook: "sent", sns: "sent" },
      { webhook: "refused", sns: "sent" },
    ]) {
      const state = noticeEnd(sending, channels, NOW)
      expect(state.status).toBe(channels.webhook === "sent" ? "sent" : "failed")
      expect(decideNotice(due, state, FOLLOWER_ME, () => true, NOW)).toEqual({ do: "finish" })
    }
  })

  test("tries follow each other at growing distance, all within a minute", () => {
    const delays = [1, 2, 3, 4, 5].map(noticeDelay)
    expect(delays).toEqual([1000, 2000, 4000, 8000, null])
  })
})

test.each([
  ["https://hooks.example.com/a/b?c=d", true],
  ["http://127.0.0.1:8080/x", true],
  ["http://localhost/", true],
  ["http://[::1]:1/", true],
  ["http://hooks.example.com/", false],
  ["https://ada:secret@hooks.example.com/", false],
  ["ftp://127.0.0.1/", false],
  ["hooks.example.com", false],
])("a webhook at %s: %s", (url, isAllowed) => {
  expect(isAllowedUrl(url)).toBe(isAllowed)
})

test("of a URL only the host is shown", () => {
  expect(shownUrl("https://hooks.example.com/T0KEN?sig=x")).toBe("https://hooks.example.com/…")
})
