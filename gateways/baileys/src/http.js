/** The gateway's HTTP: JSON in, JSON out, a bearer token, small bodies, no secret in any answer. See README for the paths. */

import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

import { addressOf } from './addresses.js'
import { CLOCKS_MS, SAME_CLOCK_MS } from './journal.js'
import { Refusal } from './refusals.js'
import { reasonOf } from './session.js'

const MOST_BYTES = 256 * 1024

/**
 * @param {{sessions: import('./sessions.js').Sessions, token: string, version: string, log: object,
 *   png: (text: string) => Promise<Buffer>}} tools
 * @returns {import('node:http').Server} not listening yet
 */
export function makeServer(tools) {
  const server = createServer({ headersTimeout: 15_000, requestTimeout: 30_000, maxHeaderSize: 16_384 }, (request, response) => {
    answer(tools, request).then(
      ({ status = 200, body, type = 'application/json' }) => write(response, status, body, type),
      (error) => refuse(tools, request, response, error),
    )
  })
  server.keepAliveTimeout = 30_000
  return server
}

const ROUTES = [
  ['GET', /^\/sessions$/, ({ sessions }) => ({ sessions: sessions.list() })],
  ['GET', /^\/sessions\/([^/]+)$/, ({ sessions }, [name]) => sessions.get(name).view],
  ['POST', /^\/sessions\/([^/]+)\/start$/, start],
  ['POST', /^\/sessions\/([^/]+)\/stop$/, async ({ sessions }, [name]) => act(sessions.get(name), 'stop')],
  ['POST', /^\/sessions\/([^/]+)\/logout$/, logOut],
  ['GET', /^\/sessions\/([^/]+)\/qr$/, ({ sessions }, [name]) => qrOf(sessions.get(name))],
  ['GET', /^\/sessions\/([^/]+)\/qr\.png$/, picture],
  ['POST', /^\/sessions\/([^/]+)\/code$/, code],
  ['POST', /^\/sessions\/([^/]+)\/messages$/, ({ sessions }, [name], body) => sessions.get(name).sending.send(body)],
  ['GET', /^\/sessions\/([^/]+)\/messages\/([^/]+)$/, ({ sessions }, [name, id]) => sessions.get(name).sending.look(id)],
  ['POST', /^\/sessions\/([^/]+)\/messages\/([^/]+)\/settle$/, settle],
  ['POST', /^\/sessions\/([^/]+)\/typing$/, typing],
  ['POST', /^\/sessions\/([^/]+)\/read$/, read],
  ['GET', /^\/sessions\/([^/]+)\/numbers\/([^/]+)$/, ({ sessions }, [name, number]) => sessions.get(name).check(number)],
]

async function answer(tools, request) {
  const path = new URL(request.url, 'http://gateway').pathname
  if (request.method === 'GET' && path === '/health') return { body: health(tools) }
  if (!isAllowed(request.headers.authorization, tools.token)) {
    throw new Refusal(401, 'unauthorized', 'The header Authorization: Bearer <token of this gateway> is missing or wrong.')
  }
  const matching = ROUTES.filter(([, shape]) => shape.test(path))
  if (!matching.length) throw new Refusal(404, 'path_unknown', 'There is no such path. The README lists them.')
  const route = matching.find(([method]) => method === request.method)
  if (!route) throw new Refusal(405, 'method_not_allowed', 'This path is asked for with another method.')
  const [, shape, handle] = route
  const parts = shape.exec(path).slice(1).map(decoded)
  const body = request.method === 'POST' ? await objectOf(request) : {}
  const found = await handle(tools, parts, body, request)
  return found?.body ? found : { body: found }
}

function health({ sessions, version }) {
  const states = {}
  for (const { state } of sessions.list()) states[state] = (states[state] ?? 0) + 1
  return { status: 'ok', gateway: 'baileys', version, sessions: states }
}

async function start({ sessions }, [name], { webhook, fresh }) {
  const session = await sessions.make(name)
  if (webhook) await sessions.setWebhook(name, webhook)
  await session.start({ fresh: fresh === true })
  return { status: 202, body: session.view }
}

async function logOut({ sessions }, [name], { unless_linked: unlessLinked }) {
  return act(sessions.get(name), 'logOut', { unlessLinked: unlessLinked === true })
}

async function act(session, verb, options) {
  await session[verb](options)
  return session.view
}

function qrOf(session) {
  const found = session.pairing
  if (!found.qr) throw new Refusal(404, 'no_qr', 'No QR code waits to be scanned now.')
  return found
}

async function picture({ sessions, png }, [name]) {
  return { body: await png(qrOf(sessions.get(name)).qr), type: 'image/png' }
}

async function code({ sessions }, [name], { phone, webhook }) {
  const digits = addressOf(phone).split('@')[0]
  const session = await sessions.make(name)
  if (webhook) await sessions.setWebhook(name, webhook)
  const found = await session.useCode(digits)
  return { code: found.code, expires_at: found.expires_at }
}

async function settle({ sessions }, [name, id], { began_at: beganAt }, request) {
  const near = /^(::1|(::ffff:)?127\.)/.test(request.socket.remoteAddress ?? '')
  return sessions.get(name).sending.settle(id, beganAt, near ? SAME_CLOCK_MS : CLOCKS_MS)
}

async function typing({ sessions }, [name], { to, state = 'composing' }) {
  if (state !== 'composing' && state !== 'paused') throw new Refusal(400, 'state_unknown', 'state is composing or paused.')
  await sessions.get(name).typing(addressOf(to), state)
  return { done: true }
}

async function read({ sessions }, [name], { message_id: id }) {
  await sessions.get(name).read(String(id ?? ''))
  return { done: true }
}

function isAllowed(header, token) {
  const digest = (text) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
}

function decoded(part) {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Refusal(400, 'path_malformed', 'A part of the path is not encoded well.')
  }
}

async function objectOf(request) {
  const parts = []
  let size = 0
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    size += part.length
    if (size > MOST_BYTES) throw new Refusal(413, 'body_too_large', `A body has at most ${MOST_BYTES} bytes.`)
    parts.push(part)
  }
  if (!size) return {}
  try {
    const found = JSON.parse(Buffer.concat(parts).toString('utf8'))
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found
  } catch {
    // said below
  }
  throw new Refusal(400, 'not_json', 'The body is no JSON object.')
}

function write(response, status, body, type) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length, 'cache-control': 'no-store' })
  response.end(bytes)
}

function refuse({ log }, request, response, error) {
  if (request.destroyed && !request.complete) return // nobody is there any more
  const known = error instanceof Refusal
  if (!known) log.error('request_failed', { method: request.method, why: reasonOf(error) })
  const refusal = known ? error : new Refusal(500, 'gateway_trouble', 'The gateway failed; its log says more.')
  if (!request.complete) {
    response.setHeader('connection', 'close')
    request.resume()
  }
  const after = refusal.extra.retry_after
  if (after) response.setHeader('retry-after', String(after))
  write(response, refusal.status, refusal.body(), 'application/json')
}
