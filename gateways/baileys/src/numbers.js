/** Whether numbers are on WhatsApp: asked seldom, because many questions are a sign of spam; kept for 24 hours. */

import { DurableLog } from './durable_log.js'
import { Refusal } from './refusals.js'

export const KEPT_MS = 24 * 3600_000
const TIDY_EVERY = 500
const SPARE_LINES = 1000

export class Numbers {
  #log
  #known = new Map()
  #asking = new Map()
  #now
  #perMinute
  #left
  #filledAt
  #found = 0

  constructor(log, { now, perMinute }) {
    this.#log = log
    this.#now = now
    this.#perMinute = perMinute
    this.#left = perMinute
    this.#filledAt = now().getTime()
  }

  static async open(path, { keyring, place, now, perMinute }) {
    const { log, records } = await DurableLog.open(path, { keyring, place, now: now() })
    const numbers = new Numbers(log, { now, perMinute })
    for (const { number, jid, at } of records) numbers.#known.set(number, { jid, at })
    return numbers
  }

  /**
   * @param {string} number digits
   * @param {(number: string) => Promise<string | null>} ask gives the address on WhatsApp, or null
   * @returns {Promise<{number: string, exists: boolean, jid: string | null, checked_at: string, cached: boolean}>}
   * @throws {Refusal} 429 `check_rate_limited` with `retry_after` in seconds
   */
  async check(number, ask) {
    const known = this.#known.get(number)
    if (known && known.at > this.#now().getTime() - KEPT_MS) return view(number, known, true)
    // Two who ask for the same number share one question.
    let asking = this.#asking.get(number)
    if (!asking) {
      this.#take()
      asking = this.#find(number, ask).finally(() => this.#asking.delete(number))
      this.#asking.set(number, asking)
    }
    return view(number, await asking, false)
  }

  async close() {
    await this.#log.close()
  }

  async #find(number, ask) {
    const jid = await ask(number)
    const found = { jid, at: this.#now().getTime() }
    this.#known.set(number, found)
    await this.#log.append({ number, ...found })
    await this.#tidy()
    return found
  }

  async #tidy() {
    this.#found += 1
    if (this.#found % TIDY_EVERY) return
    const old = this.#now().getTime() - KEPT_MS
    for (const [number, { at }] of this.#known) if (at <= old) this.#known.delete(number)
    if (this.#log.lines <= 2 * this.#known.size + SPARE_LINES) return
    await this.#log.compact(() => [...this.#known].map(([number, found]) => ({ number, ...found })))
  }

  #take() {
    const now = this.#now().getTime()
    this.#left = Math.min(this.#perMinute, this.#left + ((now - this.#filledAt) / 60_000) * this.#perMinute)
    this.#filledAt = now
    if (this.#left < 1) {
      const seconds = Math.max(1, Math.ceil(((1 - this.#left) / this.#perMinute) * 60))
      throw new Refusal(429, 'check_rate_limited', 'Too many numbers were checked in a short time.', { retry_after: seconds })
    }
    this.#left -= 1
  }
}

function view(number, { jid, at }, cached) {
  return { number, exists: jid !== null, jid, checked_at: new Date(at).toISOString(), cached }
}
