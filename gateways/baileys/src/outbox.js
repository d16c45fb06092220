/**
 * Webhooks of one session: on the disk before they count, delivered in order, at least once, signed.
 *
 * Signature as in Standard Webhooks: `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature: v1,<base64>` with
 * HMAC-SHA-256 of `id.timestamp.body`. Whoever receives may see an event twice; every event has an id of its own.
 */

import { createHmac, randomUUID } from 'node:crypto'

import { waitMs } from './backoff.js'
import { DurableLog } from './durable_log.js'

const AT_ONCE = 50
const GIVE_UP_MS = 7 * 24 * 3600_000
const LONGEST_WAIT_MS = 600_000
const ANSWER_MS = 15_000
const SPARE_LINES = 2000

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
   *   now: () => Date, log: object, send?: typeof post, random?: () => number}} options `target`: where to, asked each time
   */
  static async open(path, options) {
    const { log, records } = await DurableLog.open(path, { ...options, now: options.now() })
    const outbox = new Outbox(log, options.session, options)
    outbox.#target = options.target
    for (const record of records) {
      if (record.t === 'gone') outbox.#events = outbox.#events.filter(({ n }) => n > record.n)
      else if (record.n > outbox.#number) outbox.#events.push(record) // a compaction may have written one before its append
      outbox.#number = Math.max(outbox.#number, record.n)
    }
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
    this.#events.push(record)
    await this.#log.append(record)
    this.#go()
  }

  /** Tries at once what waits: the address was changed, or the receiver is back. */
  hurry() {
    this.#failures = 0
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
      const batch = this.#events.slice(0, AT_ONCE)
      const outcome = await this.#try(target, batch.map(({ event }) => event))
      const old = this.#options.now().getTime() - GIVE_UP_MS
      if (outcome === 'taken') {
        this.#failures = 0
        await this.#gone(batch.at(-1).n)
      } else if (batch[0].at < old) {
        this.#options.log.error('webhook_given_up', { session: this.#session, kind: batch[0].event.type, why: outcome })
        await this.#gone(batch[0].n)
      } else {
        this.#failures += 1
        if (this.#failures === 3) this.#options.log.warn('webhooks_wait', { session: this.#session, why: outcome })
        await this.#pause(waitMs(this.#failures, { longest: LONGEST_WAIT_MS, random: this.#options.random }))
      }
    }
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

  async #gone(n) {
    this.#events = this.#events.filter((one) => one.n > n)
    try {
      if (this.#log.lines > 2 * this.#events.length + SPARE_LINES) {
        await this.#log.compact([{ t: 'gone', n }, ...this.#events.map(({ t, n: own, at, event }) => ({ t, n: own, at, event }))])
      } else {
        await this.#log.append({ t: 'gone', n })
      }
    } catch (error) {
      // It was delivered; after a restart it is delivered again, which receivers must bear.
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
