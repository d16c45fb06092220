/** AES-256-GCM for everything that is written to disk: session keys, webhook secrets, texts. Each value is bound to its place. */

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

import { readOrMake } from './private_file.js'

const IV = 12
const TAG = 16

/** A sealed value cannot be opened. Codes: `key_unknown`, `sealed_damaged`, `key_file_unreadable`, `key_file_open_to_others`. */
export class SealError extends Error {
  constructor(code, message) {
    super(message)
    this.name = 'SealError'
    this.code = code
  }
}

/** Keys by id; the first one seals, all of them open. */
export class Keyring {
  #keys

  /** @param {{id: string, key: Buffer}[]} keys newest first, 32 bytes each */
  constructor(keys) {
    this.#keys = keys
  }

  /** One new key, for tests and first starts. */
  static fresh() {
    return new Keyring([{ id: randomBytes(4).toString('hex'), key: randomBytes(32) }])
  }

  /**
   * The keys of a file `{"keys": [{"id", "key": base64}]}`, newest first; made with one key if it is not there.
   * A new first key seals from the next start on; remove an old one when nothing is sealed with it any more.
   */
  static async load(path) {
    const { text, open } = await readOrMake(path, () => {
      const key = { id: randomBytes(4).toString('hex'), key: randomBytes(32).toString('base64') }
      return `${JSON.stringify({ keys: [key] })}\n`
    }).catch((error) => {
      throw new SealError('key_file_unreadable', `The key file ${path} cannot be read (${error.code}).`)
    })
    if (open) throw new SealError('key_file_open_to_others', `The key file ${path} is open to others. Do: chmod 600 ${path}`)
    try {
      const keys = JSON.parse(text).keys.map(({ id, key }) => ({ id, key: Buffer.from(key, 'base64') }))
      if (!keys.length || keys.some(({ id, key }) => !/^[0-9a-z]{1,16}$/i.test(id) || key.length !== 32)) throw new Error()
      return new Keyring(keys)
    } catch {
      throw new SealError('key_file_unreadable', `The key file ${path} holds no keys. Put its copy back.`)
    }
  }

  /** @param {string} text @param {string} place what it is bound to */
  seal(text, place) {
    const { id, key } = this.#keys[0]
    const iv = randomBytes(IV)
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return `${id}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64')}`
  }

  /** @throws {SealError} `key_unknown`, `sealed_damaged` (changed, cut off, or from another place) */
  open(sealed, place) {
    const dot = sealed.indexOf('.')
    const id = sealed.slice(0, dot)
    const raw = Buffer.from(sealed.slice(dot + 1), 'base64')
    if (dot < 1 || !/^[0-9a-z]{1,16}$/i.test(id) || raw.length < IV + TAG) throw damaged()
    const key = this.#keys.find((one) => one.id === id)?.key
    if (!key) throw new SealError('key_unknown', `The key ${id} that this was sealed with is not in the key file.`)
    try {
      const opener = createDecipheriv('aes-256-gcm', key, raw.subarray(0, IV)).setAAD(Buffer.from(place))
      opener.setAuthTag(raw.subarray(IV, IV + TAG))
      return Buffer.concat([opener.update(raw.subarray(IV + TAG)), opener.final()]).toString('utf8')
    } catch {
      throw damaged()
    }
  }

  /** A short mark by which equal texts are known, and only by who has the key. */
  mark(text) {
    return createHmac('sha256', this.#keys.at(-1).key).update(text).digest('hex').slice(0, 32)
  }
}

function damaged() {
  return new SealError('sealed_damaged', 'A sealed value was changed, cut off, or copied from another place.')
}
