/**
 * Crabline, a mock of WhatsApp's server that speaks Baileys' own protocol, and the gateway as a process against it.
 *
 * What crabline cannot: linking a phone, number checks (it closes the connection), receipts, refusals.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { AuthState } from '../src/auth_state.js'
import { Keyring } from '../src/sealing.js'
import { codec } from '../src/whatsapp.js'

const CRABLINE = new URL('../node_modules/@openclaw/crabline/dist/src/bin/crabline.js', import.meta.url).pathname
const MAIN = new URL('../src/main.js', import.meta.url).pathname

/** Links a session in a gateway's data folder as if a phone had been there: the mock asks nobody. */
export async function preset(data, session, phone = '15550001111') {
  await mkdir(data, { recursive: true, mode: 0o700 })
  const keyring = await Keyring.load(join(data, 'keys.json'))
  const path = join(data, 'sessions', session, 'auth.log')
  const auth = await AuthState.open(path, { keyring, place: `session:${session}/auth`, now: () => new Date(), codec })
  // As after the first history: the mock has none to send.
  const linked = { me: { id: `${phone}:1@s.whatsapp.net`, name: 'Shop' }, registered: true, accountSyncCounter: 1 }
  Object.assign(auth.creds, linked)
  await auth.save()
  await auth.close()
}

/** A mock of WhatsApp's server; `recorded()` gives every stanza that it saw. */
export async function startMock(folder, port) {
  const [ready, recorder] = [join(folder, 'mock.json'), join(folder, 'mock.jsonl')]
  const argv = [CRABLINE, '--json', 'serve', 'whatsapp', '--ready-file', ready, '--recorder', recorder]
  if (port) argv.push('--port', String(port))
  const env = { ...process.env, CRABLINE_ACCESS_TOKEN: 'token-of-the-mock' } // the same after a restart
  const process_ = spawn(process.execPath, argv, { env, detached: true, stdio: 'ignore' })
  const facts = await whole(ready)
  const lines = async () => (await readFile(recorder, 'utf8').catch(() => '')).split('\n').filter(Boolean).map((line) => JSON.parse(line))
  return { process: process_, facts, lines, stop: () => kill(process_) }
}

/** The gateway as a process of its own. */
export async function startGateway(data, { waUrl, port = 0, env = {} }) {
  const readyFile = join(data, `ready-${Math.random().toString(36).slice(2)}.json`)
  const given = {
    ...process.env, BAILEYS_DATA: data, BAILEYS_PORT: String(port), BAILEYS_WA_URL: waUrl, BAILEYS_READY_FILE: readyFile,
    BAILEYS_CHECK_BEFORE_SEND: 'false', LOG_LEVEL: 'debug', ...env,
  }
  const process_ = spawn(process.execPath, [MAIN], { env: given, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  process_.stderr.on('data', (part) => (log += part))
  const facts = await whole(readyFile, () => {
    if (process_.exitCode !== null) throw new Error(`the gateway ended: ${log}`)
  })
  const token = (await readFile(join(data, 'token'), 'utf8')).trim()
  const call = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`http://127.0.0.1:${facts.port}${path}`, { method, headers, body: body && JSON.stringify(body) })
    return { status: answer.status, body: await answer.json() }
  }
  return { process: process_, port: facts.port, call, log: () => log, kill: (signal = 'SIGKILL') => kill(process_, signal) }
}

/** Waits until something is so. */
export async function until(condition, seconds = 20) {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const found = await condition()
    if (found) return found
    if (Date.now() > deadline) throw new Error(`not within ${seconds} seconds: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function kill(process_, signal = 'SIGKILL') {
  if (process_.exitCode !== null || process_.signalCode !== null) return
  const gone = once(process_, 'exit')
  process_.kill(signal)
  await gone
}

/** A file of JSON that appears, whole. */
function whole(path, check = () => {}) {
  return until(async () => {
    check()
    try {
      return JSON.parse(await readFile(path, 'utf8'))
    } catch {
      return null
    }
  })
}
