/**
 * A file of records that survives `kill -9` and power cuts: append-only, sealed line by line, synced before an append
 * counts, replaced as a whole when it is compacted.
 *
 * What a crash can leave behind is a last part that is cut off: it was never acknowledged and is removed. Anything else that
 * cannot be opened (a bad line with a good one after it, an unknown key) stops the opening: nothing is thrown away in silence.
 */

import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

import { SealError } from './sealing.js'

/** What only a whole sealed line looks like: zeros and halves that a power cut left do not. */
const SEALED = /^[0-9a-z]{1,16}\.[A-Za-z0-9+/]{40,}=*$/i

/** A record in the middle of a file cannot be opened. */
export class DamagedLog extends Error {
  constructor(path) {
    // No word of a copy: an old journal would say "never came" of what was sent after it was made, a new one says "unknown".
    super(`The file ${path} is damaged in the middle. Stop the gateway and move the file away; if it is auth.log, link the phone again.`)
    this.name = 'DamagedLog'
    this.code = 'log_damaged'
  }
}

export class DurableLog {
  #path
  #keyring
  #place
  #file = null
  #size = 0
  #waiting = []
  #turn = Promise.resolve()
  #spoiled = false
  #moved = false
  /** ISO time of its making: what happened before is not in it. */
  created = ''
  /** Lines in the file, its head included. */
  lines = 0

  constructor(path, keyring, place) {
    this.#path = path
    this.#keyring = keyring
    this.#place = place
  }

  /**
   * Opens a file, or makes it, and hands over what is in it.
   * @param {string} path
   * @param {{keyring: import('./sealing.js').Keyring, place: string, now: Date}} options `place`: what its lines are bound to
   * @returns {Promise<{log: DurableLog, records: object[]}>}
   * @throws {DamagedLog|SealError}
   */
  static async open(path, { keyring, place, now }) {
    const log = new DurableLog(path, keyring, place)
    const raw = await readFile(path).catch((error) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (raw === null) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      log.created = now.toISOString()
      await log.#replace([])
      return { log, records: [] }
    }
    const { records, good } = log.#read(raw)
    log.#file = await open(path, 'r+')
    if (good < raw.length) {
      await log.#file.truncate(good)
      await log.#file.datasync()
    }
    log.#size = good
    return { log, records }
  }

  /** Resolves when the records are on the disk. Appends that come while one is being written share the next sync. */
  append(...records) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject })
      if (this.#waiting.length === 1) this.#next(() => this.#flush())
    })
  }

  /** Bytes in the file. */
  get bytes() {
    return this.#size
  }

  /**
   * Puts records in the place of everything that is in the file, in one step.
   * @param {() => object[]} make the whole state, asked for when its turn comes: an append that was called meanwhile may be in the
   *   file by then and must not be replaced by an older state. So callers change their state before they append, and what they
   *   read may hold a record twice: in the state, and appended behind it.
   */
  compact(make) {
    return this.#next(() => this.#replace(make()))
  }

  /** Waits for what is being written and closes the file. */
  async close() {
    await this.#next(async () => {
      await this.#file?.close()
      this.#file = null
    })
  }

  #next(work) {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #flush() {
    const batch = this.#waiting
    this.#waiting = []
    const lines = batch.flatMap((one) => one.records.map((record) => this.#line(record)))
    try {
      if (!this.#file) throw new Error('the file is closed')
      if (this.#spoiled) await this.#file.truncate(this.#size)
      this.#spoiled = true
      const bytes = Buffer.from(lines.join(''))
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#size + at)
        at += bytesWritten
      }
      await this.#file.datasync()
      if (this.#moved) await this.#syncMove()
      this.#spoiled = false
      this.#size += bytes.length
      this.lines += lines.length
    } catch (error) {
      for (const one of batch) one.reject(error)
      return
    }
    for (const one of batch) one.resolve()
  }

  async #replace(records) {
    const head = { log: 1, created: this.created }
    const lines = [head, ...records].map((record) => this.#line(record))
    const bytes = Buffer.from(lines.join(''))
    const draft = `${this.#path}.new`
    const file = await open(draft, 'w', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
      await rename(draft, this.#path)
    } catch (error) {
      await file.close()
      throw error
    }
    // From here on this file has the name, so appends go to it, whatever fails next: the other one is not found again.
    const other = this.#file
    this.#file = file
    this.#size = bytes.length
    this.lines = lines.length
    this.#spoiled = false
    this.#moved = true
    await other?.close()
    await this.#syncMove()
  }

  /** Until the folder is on the disk a power cut may bring the other file back: no append counts before. */
  async #syncMove() {
    await syncFolder(dirname(this.#path))
    this.#moved = false
  }

  #line(record) {
    return `${this.#keyring.seal(JSON.stringify(record), this.#place)}\n`
  }

  /** The records, and how many bytes from the beginning hold them. */
  #read(raw) {
    const records = []
    let good = 0
    let bad = false
    for (let at = 0; at < raw.length; ) {
      const end = raw.indexOf(10, at)
      if (end < 0) break
      const record = this.#open(raw.toString('latin1', at, end))
      at = end + 1
      if (record === null) {
        bad = true
      } else {
        if (bad) throw new DamagedLog(this.#path)
        records.push(record)
        good = at
      }
    }
    const head = records.shift()
    if (head?.log !== 1) throw new DamagedLog(this.#path)
    this.created = head.created
    this.lines = records.length + 1
    return { records, good }
  }

  #open(line) {
    try {
      return JSON.parse(this.#keyring.open(line, this.#place))
    } catch (error) {
      if (error instanceof SealError && error.code === 'key_unknown' && SEALED.test(line)) throw error
      return null
    }
  }
}

async function syncFolder(path) {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
