/** Starts the gateway: settings, keys, sessions, HTTP; ends in good order on SIGTERM and SIGINT. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { toBuffer } from 'qrcode'

import { makeServer } from './http.js'
import { makeLog } from './log.js'
import { give, take } from './one_at_a_time.js'
import { Keyring } from './sealing.js'
import { Sessions } from './sessions.js'
import { read, tokenOf } from './settings.js'
import { codec, connector } from './whatsapp.js'

const END_MS = 5000

// libsignal prints whole sessions, private keys included, with console.info: nothing that goes to the console is kept.
for (const way of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir']) console[way] = () => {}

async function main() {
  const settings = read(process.env)
  const log = makeLog({ level: settings.logLevel })
  await mkdir(settings.data, { recursive: true, mode: 0o700 })
  const lock = join(settings.data, 'running.json')
  await take(lock)
  const [token, keyring] = [await tokenOf(settings), await Keyring.load(settings.keysFile)]
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  const sessions = new Sessions({
    folder: join(settings.data, 'sessions'),
    keyring,
    codec,
    log,
    connect: connector({ waUrl: settings.waUrl, log }),
    now: () => new Date(),
    random: Math.random,
    checksPerMinute: settings.checksPerMinute,
    options: { ackMs: settings.ackMs, checkBeforeSend: settings.checkBeforeSend },
  })
  const png = (text) => toBuffer(text, { width: 360, margin: 2 })
  const server = makeServer({ sessions, token, version, log, png })
  // Asked before it listens: who gets an answer gets a true one.
  await sessions.openAll()
  await listen(server, settings)
  const { port } = server.address()
  log.info('ready', { host: settings.host, port, version })
  if (settings.readyFile) await writeFile(settings.readyFile, JSON.stringify({ port, pid: process.pid }))

  let ending = false
  const end = async () => {
    if (ending) return
    ending = true
    setTimeout(() => process.exit(0), END_MS).unref()
    server.close()
    server.closeIdleConnections()
    await sessions.close()
    await give(lock)
    process.exit(0)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}

function listen(server, { host, port }) {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const why = error.code === 'EADDRINUSE' ? `Port ${port} is in use. Choose another with BAILEYS_PORT.` : `It cannot listen (${error.code}).`
      reject(new Error(why))
    })
    server.listen(port, host, resolve)
  })
}

// Baileys works in the background too: what goes wrong there must be seen, and ends nothing else.
process.on('unhandledRejection', (error) => {
  makeLog().error('background_trouble', { why: `${error?.name ?? 'unknown'} ${error?.output?.statusCode ?? error?.code ?? ''}`.trim() })
})

main().catch((error) => {
  process.stderr.write(`The gateway did not start: ${error.message}\n`)
  process.exit(1)
})
