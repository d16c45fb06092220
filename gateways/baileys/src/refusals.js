/** What the gateway answers when it does not do what it was asked: a status, a stable code, a sentence. */

/** A request that is refused. `extra` stands beside code and message in the answer (`retry_after` in seconds, `reason`). */
export class Refusal extends Error {
  /**
   * @param {number} status HTTP status
   * @param {string} code stable, snake_case
   * @param {string} message one sentence; never a secret, a text or a full number
   * @param {Record<string, unknown>} [extra]
   */
  constructor(status, code, message, extra = {}) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.extra = extra
  }

  /** The body of the answer. `gateway` says that it is ours and no proxy's. */
  body() {
    return { error: { gateway: 'baileys', code: this.code, message: this.message, ...this.extra } }
  }
}
