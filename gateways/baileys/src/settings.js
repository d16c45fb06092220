/** Settings from the environment, checked at the start. */

import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'

import { readOrMake } from './private_file.js'

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])
const LEAST_TOKEN = 24

/** A setting is wrong; the message says which and what to do. */
export class SettingError extends Error {}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {{host: string, port: number, data: string, tokenFile: string, token: string, keysFile: string, waUrl: string,
 *   checkBeforeSend: boolean, checksPerMinute: number, ackMs: number, logLevel: string, readyFile: string}}
 */
export function read(env) {
  const host = env.BAILEYS_HOST || '127.0.0.1'
  const data = resolve(env.BAILEYS_DATA || './data')
  const token = env.BAILEYS_TOKEN || ''
  if (token && token.length < LEAST_TOKEN) throw new SettingError(`BAILEYS_TOKEN needs at least ${LEAST_TOKEN} characters.`)
  if (!LOOPBACK.has(host) && !token && !env.BAILEYS_TOKEN_FILE) {
    throw new SettingError(`BAILEYS_HOST=${host} can be reached by others: set BAILEYS_TOKEN or BAILEYS_TOKEN_FILE as well.`)
  }
  return {
    host,
    port: whole(env, 'BAILEYS_PORT', 8786, 0, 65_535),
    data,
    token,
    tokenFile: env.BAILEYS_TOKEN_FILE || join(data, 'token'),
    keysFile: env.BAILEYS_KEYS_FILE || join(data, 'keys.json'),
    waUrl: env.BAILEYS_WA_URL || '',
    checkBeforeSend: flag(env, 'BAILEYS_CHECK_BEFORE_SEND', true),
    checksPerMinute: whole(env, 'BAILEYS_CHECKS_PER_MINUTE', 30, 1, 600),
    ackMs: whole(env, 'BAILEYS_ACK_SECONDS', 10, 1, 60) * 1000,
    logLevel: (env.LOG_LEVEL || 'info').toLowerCase().replace('warning', 'warn'),
    readyFile: env.BAILEYS_READY_FILE || '',
  }
}

/** The token of a file that only its owner can read; made if it is not there. */
export async function tokenOf({ token, tokenFile }) {
  if (token) return token
  const found = await readOrMake(tokenFile, () => `${randomBytes(32).toString('base64url')}\n`).catch((error) => {
    throw new SettingError(`The token file ${tokenFile} cannot be read (${error.code}).`)
  })
  if (found.open) throw new SettingError(`The token file ${tokenFile} is open to others. Do: chmod 600 ${tokenFile}`)
  const text = found.text.trim()
  if (text.length < LEAST_TOKEN) throw new SettingError(`The token in ${tokenFile} is shorter than ${LEAST_TOKEN} characters.`)
  return text
}

function whole(env, name, usual, least, most) {
  if (!env[name]) return usual
  const found = Number(env[name])
  if (Number.isInteger(found) && found >= least && found <= most) return found
  throw new SettingError(`${name} is a whole number from ${least} to ${most}.`)
}

function flag(env, name, usual) {
  const given = (env[name] || '').toLowerCase()
  if (!given) return usual
  if (['1', 'true', 'yes', 'on'].includes(given)) return true
  if (['0', 'false', 'no', 'off'].includes(given)) return false
  throw new SettingError(`${name} is true or false.`)
}
