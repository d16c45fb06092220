/**
 * The keys of a linked phone, in the shape that Baileys wants, on a durable log.
 *
 * Baileys' own file store writes one plain file a key and may be cut off in the middle of any: after a `kill -9` it can lose
 * the link to the phone. Here every change is one sealed line, and a set of keys is written together or not at all.
 */

import { DurableLog } from './durable_log.js'

const SPARE_LINES = 500

export class AuthState {
  #log
  #codec
  #keys = new Map()
  creds

  constructor(log, codec) {
    this.#log = log
    this.#codec = codec
  }

  /**
   * @param {string} path
   * @param {{keyring: object, place: string, now: () => Date, codec: {fresh: () => object, replacer?: Function,
   *   reviver?: Function, revive: (type: string, value: unknown) => unknown}}} options
   */
  static async open(path, { keyring, place, now, codec }) {
    const { log, records } = await DurableLog.open(path, { keyring, place, now: now() })
    const state = new AuthState(log, codec)
    for (const record of records) state.#take(JSON.parse(JSON.stringify(record), codec.reviver))
    state.creds ??= codec.fresh()
    return state
  }

  /** Whether a phone is linked. `me` alone says nothing: asking for a code of letters sets it before anybody has typed one. */
  get linked() {
    return Boolean(this.creds.me?.id && (this.creds.account || this.creds.registered))
  }

  /** What Baileys is given as `auth`. */
  get forLibrary() {
    return { creds: this.creds, keys: { get: (type, ids) => this.#get(type, ids), set: (data) => this.#set(data) } }
  }

  /** Keeps the credentials as they are now; resolves when they are on the disk. */
  async save() {
    await this.#write([{ t: 'creds', value: this.creds }])
  }

  /** Forgets everything: the phone is not linked any more. */
  async forget() {
    this.#keys.clear()
    this.creds = this.#codec.fresh()
    await this.#log.compact(() => this.#state())
  }

  async close() {
    await this.#log.close()
  }

  #get(type, ids) {
    const found = {}
    for (const id of ids) {
      const value = this.#keys.get(`${type} ${id}`)
      if (value !== undefined) found[id] = this.#codec.revive(type, value)
    }
    return found
  }

  async #set(data) {
    const changes = []
    for (const [type, values] of Object.entries(data)) {
      for (const [id, value] of Object.entries(values)) {
        if (value) this.#keys.set(`${type} ${id}`, value)
        else this.#keys.delete(`${type} ${id}`)
        changes.push([`${type} ${id}`, value ?? null])
      }
    }
    if (changes.length) await this.#write([{ t: 'keys', changes }])
  }

  #take(record) {
    if (record.t === 'creds') {
      this.creds = record.value
      return
    }
    for (const [key, value] of record.changes) {
      if (value) this.#keys.set(key, value)
      else this.#keys.delete(key)
    }
  }

  async #write(records) {
    await this.#log.append(...records.map((record) => this.#plain(record)))
    if (this.#log.lines > this.#keys.size + SPARE_LINES) {
      await this.#log.compact(() => this.#state())
    }
  }

  /** Everything, as the records that make it. */
  #state() {
    const records = [{ t: 'creds', value: this.creds }, { t: 'keys', changes: [...this.#keys] }]
    return records.map((record) => this.#plain(record))
  }

  /** As JSON that says which values are bytes. */
  #plain(record) {
    return JSON.parse(JSON.stringify(record, this.#codec.replacer))
  }
}
