/**
 * `node tests/linkable.js DATA READY_FILE`: this gateway as a process, with the scripted socket in the place of Baileys, so that
 * a phone can be linked: the mock of WhatsApp's server cannot do that.
 *
 * Standard input says what happens, a word a line: `qr TEXT` WhatsApp gives another code · `scan` a phone takes it. Standard
 * output says `ready`, then each word when it was done, and `open` when the session is open.
 */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { toBuffer } from 'qrcode'

import { makeServer } from '../src/http.js'
import { makeLog } from '../src/log.js'
import { Keyring } from '../src/sealing.js'
import { Sessions } from '../src/sessions.js'
import { LINKED, ScriptedSocket, TOKEN } from './scripted.js'

const [data, readyFile] = process.argv.slice(2)
const say = (word) => process.stdout.write(`${word}\n`)
const log = makeLog({ level: 'warn' })
let socket = null

function connect(auth, getMessage) {
  socket = new ScriptedSocket(auth, getMessage)
  setImmediate(() => {
    if (!auth.creds.me) return socket.ev.emit('connection.update', { qr: '2@first' })
    socket.open()
    setImmediate(say, 'open')
  })
  return socket
}

const words = {
  qr: (text) => socket.ev.emit('connection.update', { qr: text }),
  scan: () => {
    Object.assign(socket.auth.creds, structuredClone(LINKED))
    socket.ev.emit('creds.update', {})
    socket.close(515) // as WhatsApp does right after a phone was linked
  },
}

const sessions = new Sessions({
  folder: join(data, 'sessions'),
  keyring: Keyring.fresh(),
  codec: { fresh: () => ({}), revive: (_, value) => value },
  log,
  connect,
  now: () => new Date(),
  random: Math.random,
  checksPerMinute: 30,
  options: { ackMs: 5000, checkBeforeSend: false },
})
await sessions.openAll()
const png = (text) => toBuffer(text, { width: 360, margin: 2 })
const server = makeServer({ sessions, token: TOKEN, version: 'test', log, png })
server.listen(0, '127.0.0.1', async () => {
  await writeFile(readyFile, JSON.stringify({ port: server.address().port, token: TOKEN }))
  say('ready')
})

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [word, ...rest] = line.split(' ')
    words[word](rest.join(' '))
    setImmediate(say, word)
  })
  .on('close', () => process.exit(0))
