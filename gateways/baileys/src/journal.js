/**
 * What became of each message that a caller asked to send, by the caller's own id.
 *
 * `begun` is on the disk before the socket is touched, and an id is begun once. So after any crash the answer is true:
 * an id that is not here was never sent; one that was begun and has no end is `uncertain` until WhatsApp says more.
 */

import { createHash } from 'node:crypto'

import { DurableLog } from './durable_log.js'

export const KEPT_MS = 7 * 24 * 3600_000
/** Texts stay as long, so that a phone that could not read a message can be given it again. */
export const CONTENT_KEPT_MS = 2 * 24 * 3600_000
/** Clocks of two machines may differ by so much; a caller on this machine has the same one. */
export const CLOCKS_MS = 5 * 60_000
export const SAME_CLOCK_MS = 1000
/** How often it is looked whether something is too old to be kept, in messages and in time. */
const TIDY_EVERY = 500
const TIDY_MS = 24 * 3600_000
const SPARE_LINES = 1000

/** WhatsApp's id of a message, made of the session and the caller's id: the same for the same id, always. */
export function whatsappId(session, id) {
  const digest = createHash('sha256').update(`${session}\0${id}`).digest('hex')
  return `3EB0${digest.slice(0, 18).toUpperCase()}`
}

export class Journal {
  #log
  #entries = new Map()
  #byWhatsapp = new Map()
  #now
  #ended = 0
  #tidyAt

  constructor(log, now) {
    this.#log = log
    this.#now = now
    this.#tidyAt = now().getTime() + TIDY_MS
  }

  /**
   * @param {string} path
   * @param {{keyring: object, place: string, now: () => Date}} options
   */
  static async open(path, { keyring, place, now }) {
    const { log, records } = await DurableLog.open(path, { keyring, place, now: now() })
    const journal = new Journal(log, now)
    for (const record of records) journal.#take(record)
    const cutOff = [...journal.#entries.values()].filter((entry) => entry.state === 'begun')
    for (const entry of cutOff) await journal.end(entry.id, 'uncertain', 'gateway_restarted')
    return journal
  }

  /** Since when everything is known. An id from before may be missing here and have been sent all the same. */
  get knownSince() {
    return new Date(Math.max(Date.parse(this.#log.created), this.#now().getTime() - KEPT_MS))
  }

  /** How many there are of each state. */
  counts() {
    const found = { begun: 0, sent: 0, failed: 0, uncertain: 0, refused: 0 }
    for (const { state } of this.#entries.values()) found[state] += 1
    return found
  }

  /** The entry of a caller's id, or undefined. */
  get(id) {
    return this.#entries.get(id)
  }

  /** The entry behind one of WhatsApp's ids, or undefined. */
  byWhatsapp(whatsapp) {
    return this.#entries.get(this.#byWhatsapp.get(whatsapp))
  }

  /** Writes down that a message is about to be sent. Resolves when that is on the disk. */
  async begin({ id, whatsapp, mark, content }) {
    if (this.#entries.has(id)) throw new Error('an id is begun once')
    const record = { t: 'begun', id, whatsapp, mark, content, at: this.#now().getTime() }
    this.#take(record) // at once: a second call with the same id must find it
    try {
      await this.#log.append(record)
    } catch (error) {
      this.#forget(id)
      throw error
    }
    return this.#entries.get(id)
  }

  /** Writes down how it ended. `sent` is never taken back but by `failed` (WhatsApp's own word). */
  async end(id, state, code = '') {
    const record = { t: 'end', id, state, code, at: this.#now().getTime() }
    this.#take(record)
    await this.#log.append(record)
    await this.#tidy()
  }

  /** The person's phone has it: its text is no longer needed. */
  arrived(id) {
    const entry = this.#entries.get(id)
    if (entry) entry.content = undefined // the file loses it with the next compaction
  }

  /**
   * An id that is not here, and from now on never will be begun: whoever asks may be sure of that.
   * @param {number} [apartMs] how far the caller's clock may be from ours
   * @returns {Promise<boolean>} false: it is from a time that this journal does not know (or it is here after all)
   */
  async bury(id, beganAt, apartMs = CLOCKS_MS) {
    if (this.#entries.has(id) || beganAt.getTime() - apartMs < this.knownSince.getTime()) return false
    const record = { t: 'refused', id, at: this.#now().getTime() }
    this.#take(record)
    await this.#log.append(record)
    return true
  }

  async close() {
    await this.#log.close()
  }

  #take(record) {
    const { t, id, at } = record
    if (t === 'begun') {
      const { whatsapp, mark, content } = record
      this.#entries.set(id, { id, whatsapp, mark, content, at, state: 'begun', code: '' })
      this.#byWhatsapp.set(whatsapp, id)
    } else if (t === 'refused') {
      this.#entries.set(id, { id, whatsapp: '', mark: '', at, state: 'refused', code: '' })
    } else {
      const entry = this.#entries.get(id)
      if (entry) Object.assign(entry, { state: record.state, code: record.code })
    }
  }

  #forget(id) {
    this.#byWhatsapp.delete(this.#entries.get(id)?.whatsapp)
    this.#entries.delete(id)
  }

  async #tidy() {
    this.#ended += 1
    const now = this.#now().getTime()
    const daily = now >= this.#tidyAt
    if (!daily && this.#ended % TIDY_EVERY) return
    for (const entry of [...this.#entries.values()]) {
      if (entry.state === 'begun') continue
      if (entry.at < now - KEPT_MS) this.#forget(entry.id)
      else if (entry.at < now - CONTENT_KEPT_MS) entry.content = undefined
    }
    if (!daily && this.#log.lines <= 2 * this.#entries.size + SPARE_LINES) return
    this.#tidyAt = now + TIDY_MS
    await this.#log.compact(() => [...this.#entries.values()].flatMap(recordsOf))
  }
}

function recordsOf({ id, whatsapp, mark, content, at, state, code }) {
  if (state === 'refused') return [{ t: 'refused', id, at }]
  const begun = { t: 'begun', id, whatsapp, mark, content, at }
  return state === 'begun' ? [begun] : [begun, { t: 'end', id, state, code, at }]
}
