/** A socket of Baileys' shape that does what a test says, and a house around it in a folder of its own. */

import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { makeServer } from '../src/http.js'
import { makeLog } from '../src/log.js'
import { Keyring } from '../src/sealing.js'
import { Sessions } from '../src/sessions.js'

export const TOKEN = 'a-token-of-the-gateway-itself'
export const SECRET = 'CANARY-webhook-secret'
export const LINKED = { me: { id: '15550001111:7@s.whatsapp.net', name: 'Shop' }, registered: true }

/** What WhatsApp does with messages: `acknowledge`, an error number, or `silence`. */
export class ScriptedSocket {
  constructor(auth, getMessage) {
    this.auth = auth
    this.getMessage = getMessage
    this.ev = new EventEmitter()
    this.ws = new EventEmitter()
    this.sent = []
    this.presences = []
    this.readKeys = []
    this.asked = []
    this.answer = 'acknowledge'
    this.onNumber = (jid) => [{ jid, exists: true }]
    this.ended = false
    this.loggedOut = false
  }

  open() {
    this.ev.emit('connection.update', { connection: 'open' })
  }

  end() {
    this.ended = true
  }

  close(code, message = '') {
    this.ev.emit('connection.update', { connection: 'close', lastDisconnect: { error: { message, output: { statusCode: code } } } })
  }

  acknowledge(id, error) {
    this.ws.emit('CB:ack,class:message', { attrs: { id, class: 'message', ...(error ? { error } : {}) } })
  }

  async sendMessage(jid, content, options) {
    this.sent.push({ jid, content, options })
    if (this.answer === 'throw') throw new Error('Connection Closed')
    if (this.answer === 'acknowledge') queueMicrotask(() => this.acknowledge(options.messageId))
    else if (this.answer !== 'silence') queueMicrotask(() => this.acknowledge(options.messageId, this.answer))
    return { key: { id: options.messageId }, message: {} }
  }

  async sendPresenceUpdate(state, jid) {
    this.presences.push([state, jid])
  }

  async readMessages(keys) {
    this.readKeys.push(...keys)
  }

  async onWhatsApp(jid) {
    this.asked.push(jid)
    return this.onNumber(jid)
  }

  async requestPairingCode(phone) {
    this.codeFor = phone
    return 'ABCDEFGH'
  }

  async logout() {
    this.loggedOut = true
    this.close(401)
  }
}

/** A whole gateway but for Baileys, its port and webhooks over the network. */
export class House {
  sockets = []
  delivered = []
  lines = []
  receiver = () => 200
  clock = Date.parse('2026-11-21T10:00:00Z')

  static async build(test, options = {}) {
    const house = new House()
    house.folder = await mkdtemp(join(tmpdir(), 'gateway-'))
    house.keyring = Keyring.fresh()
    house.options = { linked: true, ackMs: 60_000, checkBeforeSend: false, checksPerMinute: 3, ...options }
    test.after(() => house.tearDown())
    await house.start()
    return house
  }

  async start() {
    const { linked, checksPerMinute, ...options } = this.options
    const codec = { fresh: () => (linked ? structuredClone(LINKED) : {}), revive: (_, value) => value }
    const log = makeLog({ level: 'debug', write: (line) => this.lines.push(line) })
    this.sessions = new Sessions({
      folder: join(this.folder, 'sessions'), keyring: this.keyring, codec, log, options, checksPerMinute,
      connect: (auth, getMessage) => {
        const socket = new ScriptedSocket(auth, getMessage)
        this.sockets.push(socket)
        this.options.onSocket?.(socket)
        return socket
      },
      now: () => new Date(this.clock),
      random: () => 0.5,
      send: async (url, headers, body) => {
        const status = this.receiver(JSON.parse(body), headers)
        if (status === 200) this.delivered.push({ url, headers, body, events: JSON.parse(body).events })
        return status
      },
    })
    await this.sessions.openAll()
    this.server = makeServer({ sessions: this.sessions, token: TOKEN, version: 'test', log, png: async (text) => Buffer.from(`PNG ${text}`) })
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve))
  }

  get socket() {
    return this.sockets.at(-1)
  }

  get events() {
    return this.delivered.flatMap(({ events }) => events)
  }

  /** As after `kill -9`: nothing is closed in good order, the files are read anew. */
  async crash() {
    this.server.closeAllConnections()
    this.server.close()
    this.sockets.forEach((socket) => socket.ev.removeAllListeners())
    this.sockets.forEach((socket) => socket.ws.removeAllListeners())
    await this.start()
  }

  async call(method, path, body, headers = { authorization: `Bearer ${TOKEN}` }) {
    const { port } = this.server.address()
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body: body && JSON.stringify(body) })
    const type = answer.headers.get('content-type')
    return { status: answer.status, headers: answer.headers, body: type === 'application/json' ? await answer.json() : await answer.text() }
  }

  /** A session that is open. */
  async opened(name = 's1', webhook = { url: 'http://hook/', secret: SECRET }) {
    await this.call('POST', `/sessions/${name}/start`, { webhook })
    this.socket.open()
    await this.until(() => this.events.some(({ type, state }) => type === 'session.state' && state === 'open'))
  }

  send(id, to = '201000000001', content = { kind: 'text', text: 'Hello' }) {
    return this.call('POST', '/sessions/s1/messages', { id, to, content })
  }

  async until(condition) {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve))
  }

  /** The event of a kind that was delivered last, waited for. */
  async heard(type, matches = () => true) {
    const find = () => this.events.findLast((event) => event.type === type && matches(event))
    await this.until(find)
    return find()
  }

  async tearDown() {
    this.server.closeAllConnections()
    this.server.close()
    await this.sessions.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}
