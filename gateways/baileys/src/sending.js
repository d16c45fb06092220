/**
 * Sending a message once. The caller's id is on the disk before the socket is touched; the same id again answers what became
 * of the first call and never sends a second time.
 */

import { addressOf, digitsOf } from './addresses.js'
import { asMessage, forLibrary } from './contents.js'
import { whatsappId } from './journal.js'
import { Refusal } from './refusals.js'

const MOST_ID = 128
const LONGEST_MS = 75_000
/** Receipts only move forward. */
const RANK = { sent: 1, delivered: 2, read: 3 }

export class Sending {
  #tools
  #underWay = new Map()
  #acks = new Map()
  /** Until when the account may not write to new people, as WhatsApp said, or null. */
  lockedUntil = null

  /**
   * @param {{session: string, journal: import('./journal.js').Journal, outbox: object, numbers: object, keyring: object,
   *   socket: () => object, refusal: () => Refusal, remembered: (id: string) => object | undefined, now: () => Date,
   *   options: {ackMs: number, checkBeforeSend: boolean}}} tools `socket` throws when the session is not open
   */
  constructor(tools) {
    this.#tools = tools
  }

  /**
   * @param {{id: string, to: string, content: object, reply_to?: string}} given
   * @returns {Promise<object>} the view of a message that was sent
   * @throws {Refusal} everything else; `state` in it says whether the id is used up
   */
  async send(given) {
    const id = idOf(given?.id)
    const jid = addressOf(given.to)
    const content = forLibrary(given.content, jid)
    const mark = this.#tools.keyring.mark(JSON.stringify([jid, given.content, given.reply_to ?? null]))
    while (this.#underWay.has(id)) await this.#underWay.get(id)
    const known = this.#tools.journal.get(id)
    if (known) {
      if (known.mark && known.mark !== mark) {
        throw new Refusal(409, 'id_reused', 'This id was used for another message before.', { state: known.state })
      }
      return this.#answer(id)
    }
    const work = this.#begin({ id, jid, content, mark, given })
    this.#underWay.set(id, work.catch(() => {}))
    try {
      await work
    } finally {
      this.#underWay.delete(id)
    }
    return this.#answer(id)
  }

  /** What became of an id: `unknown | begun | sent | failed | uncertain | refused`; `retry_after` in seconds as in a refusal. */
  look(id) {
    const entry = this.#tools.journal.get(idOf(id))
    const { journal } = this.#tools
    if (!entry) return { id, state: 'unknown', known_since: journal.knownSince.toISOString() }
    const { state, code, whatsapp } = entry
    return { id, state, ...(code ? { code } : {}), ...(whatsapp ? { provider_id: whatsapp } : {}), ...this.#wait(code) }
  }

  /** The same, but an id that was never begun is closed for good: nothing can be sent under it from now on. */
  async settle(id, beganAt, apartMs) {
    const at = new Date(beganAt)
    if (Number.isNaN(at.getTime())) throw new Refusal(400, 'began_at_malformed', 'began_at is no time.')
    await this.#tools.journal.bury(idOf(id), at, apartMs)
    return this.look(id)
  }

  /** Whether a number is on WhatsApp, by the cache or by asking. */
  async check(number) {
    const digits = digitsOf(addressOf(number))
    if (!digits) throw new Refusal(400, 'bad_number', 'Only phone numbers can be checked.')
    return this.#tools.numbers.check(digits, async () => {
      try {
        const answer = await this.#tools.socket().onWhatsApp(`${digits}@s.whatsapp.net`)
        // Only a list is an answer: the library gives nothing at all where the server's was no result, or none came.
        if (!Array.isArray(answer)) throw notSaid()
        return answer[0]?.exists ? answer[0].jid : null
      } catch (error) {
        throw error instanceof Refusal ? error : notSaid()
      }
    })
  }

  /** The content of a message of ours, for a phone that could not read it. */
  contentOf(whatsapp) {
    const entry = this.#tools.journal.byWhatsapp(whatsapp)
    return entry?.content ? asMessage(entry.content) : undefined
  }

  /** WhatsApp's server took a message, or refused it (`error` is its number). */
  async acknowledged(whatsapp, error) {
    const waiting = this.#acks.get(whatsapp)
    if (waiting) waiting(error ? { state: 'failed', code: error } : { state: 'sent' })
    else await this.heard({ whatsapp, status: error ? 'failed' : 'sent', code: error }, '')
  }

  /** A receipt. Settles what was uncertain and tells the caller, by the id that it gave. */
  async heard({ whatsapp, status, code }, phone) {
    const { journal, outbox, now } = this.#tools
    const entry = journal.byWhatsapp(whatsapp)
    if (!entry) return // sent by the phone itself, or longer ago than is kept
    const waiting = this.#acks.get(whatsapp)
    if (waiting) waiting(status === 'failed' ? { state: 'failed', code } : { state: 'sent' })
    const fresh = RANK[status] ? RANK[status] > (entry.told ?? 0) : entry.state !== 'failed'
    if (!fresh || (waiting && RANK[status] === 1) || (waiting && status === 'failed')) return
    const wasOpen = entry.state === 'uncertain' || entry.state === 'begun'
    if (status === 'sent' && !wasOpen) return // the answer to the call has said so
    entry.told = RANK[status] ?? entry.told
    if (!waiting && status === 'failed' && entry.state !== 'failed') await journal.end(entry.id, 'failed', code)
    else if (!waiting && wasOpen) await journal.end(entry.id, 'sent')
    if (RANK[status] >= RANK.delivered) journal.arrived(entry.id)
    const message = { id: entry.id, provider_id: whatsapp, to: phone, status, ...(code ? { code } : {}) }
    await outbox.add({ type: 'message.status', at: Math.floor(now().getTime() / 1000), message })
  }

  /** Nobody will acknowledge what is in the air now. */
  connectionLost() {
    for (const waiting of this.#acks.values()) waiting({ state: 'uncertain', code: 'connection_lost' })
  }

  async #begin({ id, jid, content, mark, given }) {
    const { journal, options, session, socket, remembered } = this.#tools
    socket()
    let address = jid
    if (options.checkBeforeSend && digitsOf(jid)) {
      const found = await this.check(digitsOf(jid))
      if (!found.exists) throw new Refusal(422, 'not_on_whatsapp', 'This number is not on WhatsApp.')
      address = found.jid ?? jid
    }
    const open = socket()
    const whatsapp = whatsappId(session, id)
    await journal.begin({ id, whatsapp, mark, content: given.content })
    const { state, code } = await this.#hand(open, { address, content, whatsapp, quoted: remembered(given.reply_to) })
    await journal.end(id, state, code)
  }

  /** Gives a message to the library and waits for the server's word. Nothing here is tried twice. */
  async #hand(socket, { address, content, whatsapp, quoted }) {
    const { options } = this.#tools
    let timer
    const ack = new Promise((resolve) => {
      const giveUpAfter = (ms) => {
        clearTimeout(timer)
        timer = setTimeout(() => resolve({ state: 'uncertain', code: 'no_acknowledgement' }), ms)
        timer.unref?.()
      }
      this.#acks.set(whatsapp, resolve)
      giveUpAfter(LONGEST_MS) // the library may have to fetch keys of the person's phones first
      socket.sendMessage(address, content, { messageId: whatsapp, ...(quoted ? { quoted } : {}) }).then(
        () => giveUpAfter(options.ackMs),
        // The library may fail before it wrote or after: then nobody knows.
        () => resolve({ state: 'uncertain', code: 'send_failed' }),
      )
    })
    try {
      return await ack
    } finally {
      clearTimeout(timer)
      this.#acks.delete(whatsapp)
    }
  }

  #answer(id) {
    const found = this.look(id)
    if (found.state === 'sent') return found
    if (found.state === 'failed') {
      throw new Refusal(422, found.code, 'WhatsApp refused the message.', { state: 'failed', ...this.#wait(found.code) })
    }
    if (found.state === 'refused') {
      throw new Refusal(409, 'id_closed', 'This id was closed: nothing is sent under it.', { state: 'refused' })
    }
    throw new Refusal(504, found.code || 'uncertain', 'Nobody can say whether the message was sent.', { state: found.state })
  }

  /** How long the account may not write to new people, where WhatsApp said so. */
  #wait(code) {
    if (code !== '463' || !this.lockedUntil) return {}
    const seconds = Math.ceil((Date.parse(this.lockedUntil) - this.#tools.now().getTime()) / 1000)
    return seconds > 0 ? { retry_after: seconds } : {}
  }
}

function notSaid() {
  return new Refusal(503, 'check_failed', 'WhatsApp did not say whether the number exists.', { retry_after: 10 })
}

function idOf(id) {
  if (typeof id === 'string' && id.length > 0 && id.length <= MOST_ID && /^[\x21-\x7e]+$/.test(id)) return id
  throw new Refusal(400, 'id_malformed', `An id is 1 to ${MOST_ID} visible ASCII characters.`)
}
