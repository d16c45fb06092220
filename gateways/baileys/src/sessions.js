/** All sessions of this gateway: a folder each, opened again at the next start if they were wanted open. */

import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { AuthState } from './auth_state.js'
import { DurableLog } from './durable_log.js'
import { Journal } from './journal.js'
import { Numbers } from './numbers.js'
import { Outbox } from './outbox.js'
import { Refusal } from './refusals.js'
import { reasonOf, Session } from './session.js'

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const SPARE_LINES = 50
/** Between the sessions that are opened at the start: many at once from one address look odd. */
const APART_MS = 300

export class Sessions {
  #tools
  #sessions = new Map()
  #broken = new Map()
  #opening = new Map()
  #webhooks = new Map()

  /**
   * @param {{folder: string, keyring: object, connect: Function, codec: object, now: () => Date, random: () => number,
   *   log: object, checksPerMinute: number, options: object, send?: Function}} tools
   */
  constructor(tools) {
    this.#tools = tools
  }

  /** Opens what is on the disk. A damaged session is told and left alone; it does not keep the others from working. */
  async openAll() {
    await mkdir(this.#tools.folder, { recursive: true, mode: 0o700 })
    const names = (await readdir(this.#tools.folder)).filter((name) => NAME.test(name)).sort()
    let at = 0
    for (const name of names) {
      const { session, wanted } = await this.#open(name).catch((error) => this.#isBroken(name, error))
      if (session && wanted) setTimeout(() => this.#sessions.has(name) && session.start().catch(() => {}), at++ * APART_MS)
    }
  }

  /** A view of each. */
  list() {
    const broken = [...this.#broken].map(([session, reason]) => ({ session, state: 'stopped', reason }))
    return [...[...this.#sessions.values()].map((one) => one.view), ...broken]
  }

  /** One that exists. @throws {Refusal} 404 `session_unknown`, 409 `session_damaged` */
  get(name) {
    const session = this.#sessions.get(name)
    if (session) return session
    if (this.#broken.has(name)) {
      throw new Refusal(409, 'session_damaged', `The files of this session cannot be read (${this.#broken.get(name)}).`)
    }
    throw new Refusal(404, 'session_unknown', 'There is no such session. Start it first.')
  }

  /** One that exists, or is made now. */
  async make(name) {
    if (!NAME.test(name)) throw new Refusal(400, 'session_name_malformed', 'A session is named with letters, digits, - and _.')
    if (!this.#sessions.has(name) && !this.#broken.has(name)) await this.#open(name)
    return this.get(name)
  }

  /** Where the webhooks of a session go, and the secret that signs them. */
  async setWebhook(name, { url, secret }) {
    const usable = typeof url === 'string' && /^https?:\/\//.test(url) && url.length <= 2000
    if (!usable || typeof secret !== 'string' || secret.length < 16) {
      throw new Refusal(400, 'webhook_malformed', 'A webhook is {"url": "http…", "secret": at least 16 characters}.')
    }
    await this.#webhooks.get(name).set({ url, secret })
  }

  /** For the end of the process. */
  async close() {
    await Promise.allSettled([...this.#sessions.values()].map((one) => one.suspend()))
    await Promise.allSettled([...this.#webhooks.values()].map((one) => one.close()))
    this.#sessions.clear()
  }

  #open(name) {
    let opening = this.#opening.get(name)
    if (!opening) {
      opening = this.#openNow(name).finally(() => this.#opening.delete(name))
      this.#opening.set(name, opening)
    }
    return opening
  }

  async #openNow(name) {
    const { folder, keyring, now, codec, checksPerMinute, log, send, random } = this.#tools
    const at = (file) => join(folder, name, `${file}.log`)
    const place = (file) => ({ keyring, now, place: `session:${name}/${file}` })
    const settings = await Settings.open(at('settings'), place('settings'))
    const [auth, journal, numbers, outbox] = await Promise.all([
      AuthState.open(at('auth'), { ...place('auth'), codec }),
      Journal.open(at('journal'), place('journal')),
      Numbers.open(at('numbers'), { ...place('numbers'), perMinute: checksPerMinute }),
      Outbox.open(at('outbox'), { ...place('outbox'), session: name, target: () => settings.webhook, log, send, random }),
    ])
    const wanted = (on) => settings.want(on)
    const target = () => settings.webhook?.url ?? ''
    const session = new Session(name, { ...this.#tools, auth, journal, numbers, outbox, wanted, target })
    this.#webhooks.set(name, { set: (webhook) => settings.setWebhook(webhook).then(() => outbox.hurry()), close: () => settings.close() })
    this.#sessions.set(name, session)
    return { session, wanted: settings.wanted }
  }

  #isBroken(name, error) {
    const reason = error.code ?? reasonOf(error)
    this.#broken.set(name, reason)
    this.#tools.log.error('session_damaged', { session: name, why: reason, says: error.message })
    return {}
  }
}

/** What was asked of a session: where its webhooks go, and whether it is wanted open. The last record counts. */
class Settings {
  #log
  webhook = null
  wanted = false

  static async open(path, { keyring, place, now }) {
    const { log, records } = await DurableLog.open(path, { keyring, place, now: now() })
    const settings = new Settings()
    settings.#log = log
    Object.assign(settings, records.at(-1) ?? {})
    return settings
  }

  async want(on) {
    if (on === this.wanted) return
    this.wanted = on
    await this.#keep()
  }

  async setWebhook(webhook) {
    if (JSON.stringify(webhook) === JSON.stringify(this.webhook)) return
    this.webhook = webhook
    await this.#keep()
  }

  async close() {
    await this.#log.close()
  }

  async #keep() {
    const record = () => ({ webhook: this.webhook, wanted: this.wanted })
    await (this.#log.lines > SPARE_LINES ? this.#log.compact(() => [record()]) : this.#log.append(record()))
  }
}
