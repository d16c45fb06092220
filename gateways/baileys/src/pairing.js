/** Linking a phone: QR codes (six of them, then it stops) or a code of letters. What is shown gives the account away. */

export const MOST_QR_CODES = 6
/** WhatsApp shows the first code for a minute, the others for twenty seconds. */
const FIRST_MS = 60_000
const NEXT_MS = 20_000
/**
 * A code of letters is good for three minutes, and no longer than its connection, which the library ends when its QR codes are
 * used up: it goes on through them although nobody sees them.
 */
const CODE_MS = 180_000
const CONNECTION_MS = FIRST_MS + (MOST_QR_CODES - 1) * NEXT_MS

export class PairingRound {
  #shown = 0
  #qr = ''
  #code = ''
  #until = 0
  #ofThisConnection = 0
  #since = 0

  /** A new connection begins its codes anew: its first one lasts longer. */
  reconnected() {
    this.#ofThisConnection = 0
    this.#qr = ''
    this.#code = ''
  }

  /**
   * WhatsApp gave another code.
   * @returns {boolean} false: enough were shown, nobody is there to scan one
   */
  show(qr, now) {
    this.#qr = ''
    if (this.#shown >= MOST_QR_CODES) return false
    if (!this.#code) this.#until = now + (this.#ofThisConnection === 0 ? FIRST_MS : NEXT_MS)
    if (this.#ofThisConnection === 0) this.#since = now
    this.#shown += 1
    this.#ofThisConnection += 1
    this.#qr = qr
    return true
  }

  /** Whether another connection may be made for further codes. */
  get mayShowMore() {
    return this.#shown < MOST_QR_CODES
  }

  /** A code of letters was given: it counts as long as it lasts. */
  showLetters(code, now) {
    this.#code = code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : code
    this.#until = Math.min(now + CODE_MS, this.#since + CONNECTION_MS)
  }

  /** What a person is to be shown. */
  view() {
    return {
      qr: this.#code ? '' : this.#qr,
      code: this.#code,
      expires_at: this.#qr || this.#code ? new Date(this.#until).toISOString() : null,
      shown: this.#shown,
      most: MOST_QR_CODES,
    }
  }
}
