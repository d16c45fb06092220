/** What a session hears from WhatsApp: messages of people, receipts, restrictions of the account. Each becomes a webhook event. */

import { cappingOf, messageOf, personOf, statusOf, timeLockOf } from './events.js'

const MOST_REMEMBERED = 5000

export class Hearing {
  #tools
  #messages = new Map()
  /** The account's restriction on writing to new people. */
  timeLock = { active: false, until: null, type: '' }
  /** Its quota of new chats. */
  capping = { status: 'NONE', total: 0, used: 0, until: null }

  /** @param {{journal: object, outbox: object, sending: import('./sending.js').Sending, now: () => Date}} tools */
  constructor(tools) {
    this.#tools = tools
  }

  /** A message of a person that came not long ago, whole: to answer to it, or to mark it as read. */
  remembered(id) {
    return this.#messages.get(id)
  }

  /** Messages of people, and what the business wrote on its phone. Both kinds of delivery count: live, and what waited. */
  async messages(messages, socket) {
    const { journal, outbox } = this.#tools
    for (const whole of messages) {
      const found = messageOf(whole)
      if (!found || (whole.key.fromMe && journal.byWhatsapp(found.provider_id))) continue
      if (!found.from && found.lid) found.from = await phoneOf(whole.key.remoteJid, socket)
      if (!whole.key.fromMe) this.#remember(found.provider_id, whole)
      await outbox.add({ type: whole.key.fromMe ? 'message.echo' : 'message.received', at: found.at, message: found })
    }
  }

  /** Receipts of our messages. */
  async statuses(updates) {
    for (const one of updates) {
      const found = statusOf(one)
      if (found) await this.#tools.sending.heard(found, personOf(one.key).phone)
    }
  }

  async timeLocked(said) {
    const found = timeLockOf(said)
    if (isSame(found, this.timeLock)) return
    this.timeLock = found
    this.#tools.sending.lockedUntil = found.active ? found.until : null
    await this.#add('session.time_lock', { time_lock: found })
  }

  async capped(said) {
    const found = cappingOf(said)
    if (isSame(found, this.capping)) return
    this.capping = found
    await this.#add('session.capping', { capping: found })
  }

  #remember(id, whole) {
    this.#messages.set(id, whole)
    if (this.#messages.size > MOST_REMEMBERED) this.#messages.delete(this.#messages.keys().next().value)
  }

  async #add(type, fields) {
    await this.#tools.outbox.add({ type, at: Math.floor(this.#tools.now().getTime() / 1000), ...fields })
  }
}

/** The phone number behind a hidden address, where the library has learned it. */
async function phoneOf(jid, socket) {
  const found = await socket?.signalRepository?.lidMapping?.getPNForLID?.(jid)
  return personOf({ remoteJid: found }).phone
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other)
}
