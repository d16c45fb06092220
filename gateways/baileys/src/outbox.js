/**
 * Webhooks of one session: on the disk before they count, delivered in order, at least once, signed.
 *
 * Signature as in Standard Webhooks: `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature: v1,<base64>` with
 * HMAC-SHA-256 of `id.timestamp.body`. Whoever receives may see an event twice; every event has an id of its own.
 *
 * An event is given up where it is older than seven days, where it is large and the receiver says of it alone that it is too
 * large (413), and where too many wait: then the oldest go. Each is told in the log.
 */

import { createHmac, randomUUID } from 'node:crypto'

import { waitMs } from './backoff.js'
import { DurableLog } from './durable_log.js'

const AT_ONCE = 50
/** Bytes of JSON in a batch: with what is around them less than 1 MiB, which is the most that many proxies let through. */
const AT_ONCE_BYTES = 1_000_000
/** How much may wait, in a session. Beyond it the oldest go, down to nine tenths. */
const MOST_WAITING = { events: 50_000, bytes: 32 * 1024 * 1024 }
const DOWN_TO = 0.9
const TOO_LARGE = 'status 413'
/** A receiver that calls less than this too large is not set up well: that is waited for, like any other trouble of its own. */
const SMALL = 64 * 1024
const GIVE_UP_MS = 7 * 24 * 3600_000
const LONGEST_WAIT_MS = 600_000
const ANSWER_MS = 15_000
const SPARE_LINES = 2000
const SPARE_BYTES = 4 * 1024 * 1024

export function sign(secret, id, timestamp, body) {
  const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')
  return `v1,${digest}`
}

/** Sends one webhook. Answers the status; throws when there was no answer. Follows no redirect. */
export async function post(url, headers, body) {
  const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) })
  await answer.body?.cancel()
  return answer.status
}

export class Outbox {
  #log
  #events = []
  #bytes = 0
  #room = AT_ONCE_BYTES
  #number = 0
  #target = () => null
  #session
  #options
  #running = null
  #closed = false
  #failures = 0
  #timer = null
  #wake = null

  constructor(log, session, options) {
    this.#log = log
    this.#session = session
    this.#options = options
  }

  /**
   * @param {string} path
   * @param {{keyring: object, place: string, session: string, target: () => ({url: string, secret: string} | null),
   *   now: () => Date, log: object, send?: typeof post, random?: () => number, most?: {events: number, bytes: number}}} options
   *   `target`: where to, asked each time; `most`: how much may wait
   */
  static async open(path, options) {
    const { log, records } = await DurableLog.open(path, { ...options, now: options.now() })
    const outbox = new Outbox(log, options.session, options)
    outbox.#target = options.target
    for (const record of records) {
      if (record.t === 'gone') outbox.#forget(record.n)
      else if (record.n > outbox.#number) outbox.#take(record) // a compaction may have written one before its append
      outbox.#number = Math.max(outbox.#number, record.n)
    }
    await outbox.#makeRoom()
    outbox.#go()
    return outbox
  }

  /** How many wait, and how often the first of them failed in a row. */
  get state() {
    return { waiting: this.#events.length, failures: this.#failures }
  }

  /** Keeps an event; resolves when it is on the disk. Without an address nothing is kept: nobody would ever ask for it. */
  async add(event) {
    if (!this.#target()) return
    this.#number += 1
    const record = { t: 'put', n: this.#number, at: this.#options.now().getTime(), event: { id: randomUUID(), ...event } }
    this.#take(record)
    await Promise.all([this.#log.append(record), this.#makeRoom()])
    this.#go()
  }

  /** Tries at once what waits: the address was changed, or the receiver is back. */
  hurry() {
    this.#failures = 0
    this.#room = AT_ONCE_BYTES
    this.#wake?.()
    this.#go()
  }

  async close() {
    this.#closed = true
    this.#wake?.()
    await this.#running
    await this.#log.close()
  }

  #go() {
    this.#running ??= this.#deliver().finally(() => {
      this.#running = null
    })
  }

  async #deliver() {
    while (!this.#closed && this.#events.length) {
      const target = this.#target()
      if (!target) return
      const batch = this.#batch()
      const outcome = await this.#try(target, batch.map(({ event }) => event))
      const old = this.#options.now().getTime() - GIVE_UP_MS
      if (outcome === 'taken') {
        this.#failures = 0
        await this.#gone(batch.at(-1).n)
      } else if (outcome === TOO_LARGE && batch.length > 1) {
        this.#room = batch.reduce((sum, { bytes }) => sum + bytes, 0) / 2
      } else if ((outcome === TOO_LARGE && batch[0].bytes > SMALL) || batch[0].at < old) {
        const [{ n, bytes, event }] = batch
        this.#options.log.error('webhook_given_up', { session: this.#session, kind: event.type, bytes, why: outcome })
        await this.#gone(n)
      } else {
        this.#failures += 1
        this.#room = AT_ONCE_BYTES // whoever answers after the wait may take more
        if (this.#failures === 3) this.#options.log.warn('webhooks_wait', { session: this.#session, why: outcome })
        await this.#pause(waitMs(this.#failures, { longest: LONGEST_WAIT_MS, random: this.#options.random }))
      }
    }
  }

  /** The next events in their order: not too many, not too large together, always at least one. */
  #batch() {
    let [count, sum] = [0, 0]
    for (const { bytes } of this.#events.slice(0, AT_ONCE)) {
      sum += bytes
      if (count && sum > this.#room) break
      count += 1
    }
    return this.#events.slice(0, count)
  }

  async #try({ url, secret }, events) {
    const body = JSON.stringify({ gateway: 'baileys', session: this.#session, events })
    const id = `msg_${events[0].id}`
    const timestamp = String(Math.floor(this.#options.now().getTime() / 1000))
    const headers = {
      'webhook-signature': sign(secret, id, timestamp, body),
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'content-type': 'application/json',
      'user-agent': 'qafila-baileys-gateway',
    }
    try {
      const status = await (this.#options.send ?? post)(url, headers, body)
      return status >= 200 && status < 300 ? 'taken' : `status ${status}`
    } catch (error) {
      return error.cause?.code ?? error.name
    }
  }

  #take({ n, at, event }) {
    const bytes = Buffer.byteLength(JSON.stringify(event)) + 1 // and a comma
    this.#events.push({ n, at, event, bytes })
    this.#bytes += bytes
  }

  #forget(n) {
    const after = this.#events.findIndex((one) => one.n > n)
    const gone = this.#events.splice(0, after < 0 ? this.#events.length : after)
    for (const { bytes } of gone) this.#bytes -= bytes
  }

  /** Where too much waits the oldest go, a tenth at once, so that one line of the log tells of many; the newest stays. */
  async #makeRoom() {
    const { events, bytes } = this.#options.most ?? MOST_WAITING
    if (this.#events.length <= events && this.#bytes <= bytes) return
    let [count, left] = [0, this.#bytes]
    while (count < this.#events.length - 1 && (this.#events.length - count > DOWN_TO * events || left > DOWN_TO * bytes)) {
      left -= this.#events[count].bytes
      count += 1
    }
    if (!count) return
    const dropped = this.#events.slice(0, count)
    const kinds = {}
    for (const { event } of dropped) kinds[event.type] = (kinds[event.type] ?? 0) + 1
    const [first, last] = [dropped[0], dropped.at(-1)].map(({ at }) => new Date(at).toISOString())
    const said = { session: this.#session, count, kinds, first_at: first, last_at: last, why: 'too_many_waiting' }
    this.#options.log.error('webhooks_dropped', said)
    await this.#gone(dropped.at(-1).n)
  }

  async #gone(n) {
    this.#forget(n)
    try {
      const { lines, bytes } = this.#log
      if (lines > 2 * this.#events.length + SPARE_LINES || bytes > 3 * this.#bytes + SPARE_BYTES) {
        await this.#log.compact(() => [{ t: 'gone', n }, ...this.#events.map(({ n: own, at, event }) => ({ t: 'put', n: own, at, event }))])
      } else {
        await this.#log.append({ t: 'gone', n })
      }
    } catch (error) {
      // It was delivered, or given up; after a restart it is delivered again, which receivers must bear.
      this.#options.log.error('outbox_not_written', { session: this.#session, why: error.code ?? error.name })
    }
  }

  #pause(ms) {
    return new Promise((resolve) => {
      this.#wake = () => {
        clearTimeout(this.#timer)
        this.#wake = null
        resolve()
      }
      this.#timer = setTimeout(this.#wake, ms)
      this.#timer.unref?.()
    })
  }
}
