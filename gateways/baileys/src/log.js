/** Log lines as JSON on standard error. What may be secret or private never gets this far: callers pass words and counts. */

const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: 100 }
const WORD = { 10: 'DEBUG', 20: 'DEBUG', 30: 'INFO', 40: 'WARNING', 50: 'ERROR', 60: 'ERROR' }

/**
 * @param {{level?: string, write?: (line: string) => void}} [options]
 */
export function makeLog({ level = 'info', write = (line) => process.stderr.write(line) } = {}) {
  const least = LEVELS[level] ?? LEVELS.info
  const say = (rank) => (event, fields = {}) => {
    if (rank >= least) {
      const line = { time: new Date().toISOString(), level: WORD[rank], event, ...fields }
      write(`${JSON.stringify(line)}\n`)
    }
  }
  return { debug: say(20), info: say(30), warn: say(40), error: say(50) }
}

/**
 * A logger of the shape that Baileys wants. Baileys logs keys, numbers and texts as objects: only its sentences are kept,
 * and only those of warnings and errors.
 */
export function libraryLog(log) {
  const sentence = (args) => args.find((one) => typeof one === 'string')?.slice(0, 200) ?? 'no sentence'
  const nothing = () => {}
  const logger = {
    level: 'warn',
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: (...args) => log.debug('library', { says: hideNumbers(sentence(args)) }),
    error: (...args) => log.warn('library', { says: hideNumbers(sentence(args)) }),
    child: () => logger,
  }
  return logger
}

/** A sentence without long numbers (phones, ids of devices). */
export function hideNumbers(text) {
  return text.replace(/\d{6,}/g, '…')
}
