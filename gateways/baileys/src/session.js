/**
 * One phone-linked number: its connection to WhatsApp, and what it tells.
 *
 * States: `closed` nobody wants it open · `connecting` · `qr` and `code` wait to be linked · `open` · `waiting` comes back by
 * itself at `again_at` · `stopped` only a person can go on, `reason` says why.
 */

import { Hearing } from './hearing.js'
import { PairingRound } from './pairing.js'
import { causeOf, decide, rememberMs } from './reconnecting.js'
import { Refusal } from './refusals.js'
import { Sending } from './sending.js'

/** A connection that was open so long starts the counting of failures anew. */
const SETTLED_MS = 60_000
/** A socket that neither opens nor closes is given up after so long. */
const CONNECT_MS = 90_000

export class Session {
  #tools
  #socket = null
  #generation = 0
  #timer = null
  #openedAt = 0
  #failures = 0
  #ends = []
  #round = new PairingRound()
  #view = { state: 'closed', reason: '', again_at: null }
  #hearing
  #answered = Promise.resolve()
  #answer = () => {}

  /**
   * @param {string} name
   * @param {{auth: import('./auth_state.js').AuthState, outbox: import('./outbox.js').Outbox, journal: object, numbers: object,
   *   connect: (auth: object, getMessage: Function) => object, now: () => Date, random: () => number, log: object,
   *   wanted: (on: boolean) => Promise<void>, target: () => string, options: {ackMs: number, checkBeforeSend: boolean}}} tools
   */
  constructor(name, tools) {
    this.name = name
    this.#tools = tools
    this.sending = new Sending({
      ...tools,
      session: name,
      socket: () => this.#require(),
      refusal: () => this.#notOpen(),
      remembered: (id) => this.#hearing.remembered(id),
    })
    this.#hearing = new Hearing({ ...tools, sending: this.sending })
  }

  /** What is known of it; no secret, no text. */
  get view() {
    const { auth, outbox, journal } = this.#tools
    const me = auth.creds.me
    return {
      session: this.name,
      ...this.#view,
      linked: auth.linked,
      phone: auth.linked ? /^(\d+)/.exec(me.id)?.[1] ?? '' : '',
      name: auth.linked ? me.name ?? '' : '',
      pairing: { shown: this.#round.view().shown, most: this.#round.view().most, expires_at: this.#round.view().expires_at },
      time_lock: this.#hearing.timeLock,
      capping: this.#hearing.capping,
      messages: journal.counts(),
      outbox: outbox.state,
      webhook: this.#tools.target(),
    }
  }

  /** The QR code or the code of letters that waits for a phone. */
  get pairing() {
    return this.#round.view()
  }

  /** Opens it, or goes on; a session that is at work is left alone. `fresh`: without a phone it begins its codes anew. */
  async start({ fresh = false } = {}) {
    await this.#tools.wanted(true)
    const atWork = ['connecting', 'qr', 'code', 'open'].includes(this.#view.state)
    if (atWork && (!fresh || this.#tools.auth.linked)) return
    if (atWork) await this.#close('closed', '')
    this.#failures = 0
    this.#ends = []
    this.#round = new PairingRound()
    await this.#connect()
  }

  /** Closes it; the phone stays linked. */
  async stop() {
    await this.#tools.wanted(false)
    await this.#close('closed', '')
  }

  /** Closes it for the end of the process: it is opened again at the next start. */
  async suspend() {
    await this.#close('closed', '')
    const { auth, outbox, journal, numbers } = this.#tools
    await Promise.all([auth.close(), outbox.close(), journal.close(), numbers.close()])
  }

  /** Unlinks the phone and forgets its keys; nothing to unlink is no failure. `unlessLinked`: ends only what came to no link. */
  async logOut({ unlessLinked = false } = {}) {
    if (unlessLinked && this.#tools.auth.linked) return
    const socket = this.#socket
    await this.#tools.wanted(false)
    if (unlessLinked && this.#tools.auth.linked) {
      await this.#tools.wanted(true) // it was linked at this very moment
      return
    }
    this.#generation += 1 // what the library says of the end that we ask for is no news
    if (socket && this.#view.state === 'open') {
      await socket.logout().catch((error) => this.#note('log_out_not_told', { why: reasonOf(error) }))
    }
    await this.#close('closed', 'logged_out')
    await this.#tools.auth.forget()
    await this.#tell()
  }

  /**
   * A code of letters to type into the phone, on a connection of its own: it is good only as long as that goes on giving out QR
   * codes, whoever looks at them. @param {string} phone digits
   */
  async useCode(phone) {
    if (this.#tools.auth.linked) throw new Refusal(409, 'already_linked', 'A phone is linked already. Log out first.')
    await this.start({ fresh: true })
    const generation = this.#generation
    await this.#answered // the first QR code says that WhatsApp is ready to link
    if (!this.#socket || generation !== this.#generation) throw this.#notOpen()
    const code = await this.#socket.requestPairingCode(phone).catch((error) => {
      throw new Refusal(503, 'code_not_given', 'WhatsApp gave no code. Try again in a minute.', { why: reasonOf(error) })
    })
    this.#round.showLetters(code, this.#tools.now().getTime())
    this.#become('code')
    return this.#round.view()
  }

  /** Shows "typing…" (`composing`) or ends it (`paused`). */
  async typing(jid, state) {
    await this.#do((socket) => socket.sendPresenceUpdate(state, jid))
  }

  /** Marks a message of a person as read. */
  async read(id) {
    const whole = this.#hearing.remembered(id)
    if (!whole) throw new Refusal(404, 'message_unknown', 'This gateway does not remember that message.')
    await this.#do((socket) => socket.readMessages([whole.key]))
  }

  /** Whether a number is on WhatsApp. */
  async check(number) {
    this.#require()
    return this.sending.check(number)
  }

  // -- the connection ------------------------------------------------------------------------------------------------

  async #connect() {
    const generation = (this.#generation += 1)
    clearTimeout(this.#timer)
    this.#round.reconnected()
    this.#view = { state: 'connecting', reason: '', again_at: null }
    this.#answered = new Promise((resolve) => (this.#answer = resolve))
    const { auth, connect } = this.#tools
    // A code of letters that nobody typed leaves half a link behind, with which the next connection would be refused.
    if (!auth.linked && auth.creds.me) await auth.forget()
    if (generation !== this.#generation) return
    const mine = (handle) => (value) => {
      if (generation === this.#generation) return Promise.resolve(handle.call(this, value)).catch((error) => this.#trouble(error))
    }
    let socket
    try {
      socket = connect(auth.forLibrary, (key) => this.sending.contentOf(key?.id))
    } catch (error) {
      this.#trouble(error)
      await this.#ended(0)
      return
    }
    this.#socket = socket
    socket.ev.on('creds.update', () => auth.save().catch((error) => this.#trouble(error)))
    socket.ev.on('connection.update', mine((update) => this.#connection(update)))
    socket.ev.on('messages.upsert', mine(({ messages }) => this.#hearing.messages(messages, socket)))
    socket.ev.on('messages.update', mine((updates) => this.#hearing.statuses(updates)))
    socket.ev.on('message-capping.update', mine((one) => this.#hearing.capped(one)))
    socket.ws?.on?.('CB:ack,class:message', mine(({ attrs }) => this.sending.acknowledged(attrs.id, attrs.error ?? '')))
    this.#timer = setTimeout(mine(() => this.#giveUp()), CONNECT_MS)
    this.#timer.unref?.()
  }

  async #connection(update) {
    if (update.reachoutTimeLock) await this.#hearing.timeLocked(update.reachoutTimeLock)
    if (update.qr) {
      this.#answer()
      clearTimeout(this.#timer)
      if (this.#round.show(update.qr, this.#tools.now().getTime())) {
        if (this.#view.state !== 'code') this.#become('qr')
      } else {
        await this.#close('stopped', 'qr_not_scanned')
        await this.#tell()
      }
    }
    if (update.connection === 'open') {
      this.#answer()
      clearTimeout(this.#timer)
      this.#openedAt = this.#tools.now().getTime()
      this.#round = new PairingRound()
      this.#become('open')
      await this.#tell()
    } else if (update.connection === 'close') {
      const { error } = update.lastDisconnect ?? {}
      await this.#ended(causeOf(error), error?.output?.statusCode)
    }
  }

  /** The connection is over: on by itself, or stopped until a person acts. `status`: the number that came with it, for the log. */
  async #ended(code, status = code) {
    const { auth, now, random } = this.#tools
    clearTimeout(this.#timer)
    this.#answer()
    this.#generation += 1
    this.#socket = null
    const at = now().getTime()
    const settled = this.#openedAt && at - this.#openedAt >= SETTLED_MS
    this.#openedAt = 0
    this.#failures = settled ? 1 : this.#failures + 1
    this.#ends = this.#ends.filter((one) => (rememberMs(one.code) ? at - one.at < rememberMs(one.code) : !settled))
    this.#ends.push({ code, at })
    this.sending.connectionLost()
    if (code === 408 && !auth.linked && !this.#round.mayShowMore) {
      this.#view = { state: 'stopped', reason: 'qr_not_scanned', again_at: null }
      return this.#tell()
    }
    const sameReason = this.#ends.filter((one) => one.code === code).length
    const next = decide(code, { linked: auth.linked, failures: this.#failures, sameReason, random })
    this.#note('connection_ended', { code, status, then: next.act, why: next.why ?? next.reason })
    if (next.act === 'stop') {
      this.#view = { state: 'stopped', reason: next.reason, again_at: null }
      if (next.forget) await auth.forget()
      return this.#tell()
    }
    this.#view = { state: 'waiting', reason: next.why, again_at: new Date(at + next.waitMs).toISOString() }
    const generation = this.#generation
    const again = () => generation === this.#generation && this.#connect().catch((error) => this.#trouble(error))
    this.#timer = setTimeout(again, next.waitMs)
    if (auth.linked && code !== 515) await this.#tell()
  }

  async #giveUp() {
    this.#socket?.end?.(undefined)
    await this.#ended(408)
  }

  async #close(state, reason) {
    clearTimeout(this.#timer)
    this.#answer()
    this.#generation += 1
    const socket = this.#socket
    this.#socket = null
    this.#openedAt = 0
    this.#view = { state, reason, again_at: null }
    this.sending.connectionLost()
    try {
      socket?.end?.(undefined)
    } catch (error) {
      this.#note('socket_not_closed', { why: reasonOf(error) })
    }
  }

  #become(state) {
    this.#view = { state, reason: '', again_at: null }
  }

  #require() {
    if (this.#view.state !== 'open' || !this.#socket) throw this.#notOpen()
    return this.#socket
  }

  /** Why nothing can be sent now. */
  #notOpen() {
    const { state, reason, again_at: again } = this.#view
    const { auth, now } = this.#tools
    const said = `The session is not open (${state}${reason ? `, ${reason}` : ''}).`
    if (auth.linked && (state === 'connecting' || state === 'waiting')) {
      const seconds = again ? Math.max(1, Math.ceil((Date.parse(again) - now().getTime()) / 1000)) : 5
      return new Refusal(409, 'connecting', said, { state, reason, retry_after: seconds })
    }
    const code = state === 'stopped' || reason === 'logged_out' ? reason : auth.linked ? 'session_closed' : 'not_linked'
    return new Refusal(409, code, said, { state, reason })
  }

  async #do(call) {
    try {
      await call(this.#require())
    } catch (error) {
      if (error instanceof Refusal) throw error
      throw new Refusal(503, 'call_failed', 'WhatsApp did not take the call.', { why: reasonOf(error) })
    }
  }

  async #tell() {
    const { state, reason } = this.#view
    const at = Math.floor(this.#tools.now().getTime() / 1000)
    await this.#tools.outbox.add({ type: 'session.state', at, state, reason, phone: this.view.phone })
  }

  #note(event, fields) {
    this.#tools.log.info(event, { session: this.name, ...fields })
  }

  #trouble(error) {
    this.#tools.log.error('session_trouble', { session: this.name, why: reasonOf(error) })
  }
}

/** An error in a few words that hold no text and no number. */
export function reasonOf(error) {
  const code = error?.output?.statusCode ?? error?.code ?? ''
  return `${error?.name ?? 'Error'} ${code}`.trim().slice(0, 80)
}
