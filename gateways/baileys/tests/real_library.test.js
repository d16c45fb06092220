import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { whatsappId } from '../src/journal.js'
import { preset, startGateway, startMock, until } from './mock.js'

const SECRET = 'CANARY-secret-of-the-webhook'

test('the real library against a mock of WhatsApp’s server', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'real-'))
  const data = join(folder, 'data')
  await preset(data, 'shop')
  const mock = await startMock(folder)
  const waUrl = mock.facts.endpoints.baileysWebSocketUrl
  const hook = await receiver()
  let gateway = await startGateway(data, { waUrl })
  const mocks = [mock]
  t.after(async () => {
    await gateway.kill()
    await Promise.all(mocks.map((one) => one.stop()))
    hook.server.closeAllConnections()
    hook.server.close()
    await rm(folder, { recursive: true, force: true })
  })
  const isOpen = () => until(async () => (await gateway.call('GET', '/sessions/shop')).body.state === 'open')
  const send = (id, text) => gateway.call('POST', '/sessions/shop/messages', { id, to: '15550002222', content: { kind: 'text', text } })

  await t.test('opens by itself once it is wanted', async () => {
    const webhook = { url: `http://127.0.0.1:${hook.server.address().port}/hook`, secret: SECRET }
    await gateway.call('POST', '/sessions/shop/start', { webhook })
    await isOpen()
    await until(() => hook.events.some(({ type, state }) => type === 'session.state' && state === 'open'))
  })

  await t.test('sends under our id, acknowledged by the server, once', async () => {
    const first = await send('q.k.1.1', 'CANARY-words')
    assert.deepEqual(first, { status: 200, body: { id: 'q.k.1.1', state: 'sent', provider_id: whatsappId('shop', 'q.k.1.1') } })
    assert.deepEqual(await send('q.k.1.1', 'CANARY-words'), first)
    assert.equal(await times(mock, whatsappId('shop', 'q.k.1.1')), 1)
  })

  await t.test('typing and read reach the server', async () => {
    assert.equal((await gateway.call('POST', '/sessions/shop/typing', { to: '15550002222' })).status, 200)
    await until(async () => JSON.stringify(await mock.lines()).includes('composing'))
  })

  await t.test('a message of a person comes as a signed webhook, and can be marked as read', async () => {
    await inbound(mock, 'Hello there')
    const { message } = await until(() => hook.events.find(({ type }) => type === 'message.received'))
    assert.deepEqual([message.from, message.kind, message.text, message.name], ['15550002222', 'text', 'Hello there', 'Amira'])
    assert.equal((await gateway.call('POST', '/sessions/shop/read', { message_id: message.provider_id })).status, 200)
    assert.equal(hook.wrong, 0)
  })

  await t.test('killed in mid-work: what was begun is known, the link is kept, nothing goes out twice', async () => {
    const ids = Array.from({ length: 30 }, (_, n) => `q.k.2.${n}`)
    const sending = Promise.allSettled(ids.map((id) => send(id, 'x')))
    await until(async () => (await times(mock, whatsappId('shop', ids[5]))) === 1)
    await gateway.kill()
    await sending
    gateway = await startGateway(data, { waUrl, port: gateway.port })
    await isOpen()
    const states = {}
    for (const id of ids) {
      const { state } = (await gateway.call('GET', `/sessions/shop/messages/${id}`)).body
      states[state] = (states[state] ?? 0) + 1
      const arrived = await times(mock, whatsappId('shop', id))
      if (state === 'sent') assert.equal(arrived, 1, id)
      if (state === 'unknown') assert.equal(arrived, 0, id)
      await send(id, 'x')
      assert.ok((await times(mock, whatsappId('shop', id))) <= 1, `${id} went out twice`)
    }
    assert.equal(states.begun, undefined)
    t.diagnostic(`after the kill: ${JSON.stringify(states)}`)
  })

  await t.test('a server that goes away and comes back finds the session again', async () => {
    const { port } = new URL(waUrl)
    await mock.stop()
    await until(async () => (await gateway.call('GET', '/sessions/shop')).body.state === 'waiting')
    const refused = await send('q.k.3.1', 'later')
    assert.deepEqual([refused.status, refused.body.error.code], [409, 'connecting'])
    const again = await startMock(await mkdtemp(join(folder, 'again-')), port)
    mocks.push(again)
    await isOpen()
    assert.equal((await send('q.k.3.2', 'now')).status, 200)
  })

  await t.test('nothing secret is in a log or lies in the clear on the disk', async () => {
    assert.equal(await gateway.kill('SIGTERM'), undefined)
    const files = await Promise.all((await readdir(join(data, 'sessions', 'shop'))).map((name) => readFile(join(data, 'sessions', 'shop', name), 'utf8')))
    for (const canary of ['CANARY', '15550002222', 'Hello there', '15550001111', 'noiseKey']) {
      assert.ok(![...files, gateway.log()].join('\n').includes(canary), canary)
    }
  })
})

async function receiver() {
  const hook = { events: [], wrong: 0 }
  hook.server = createServer(async (request, response) => {
    const parts = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts)
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers
    const expected = createHmac('sha256', SECRET).update(`${id}.${at}.`).update(body).digest('base64')
    if (signature !== `v1,${expected}`) hook.wrong += 1
    hook.events.push(...JSON.parse(body).events)
    response.end('{}')
  })
  await new Promise((resolve) => hook.server.listen(0, '127.0.0.1', resolve))
  return hook
}

async function inbound(mock, text) {
  const { endpoints, adminToken } = mock.facts
  const body = { chatJid: '15550002222@s.whatsapp.net', senderJid: '15550002222@s.whatsapp.net', pushName: 'Amira', text }
  const headers = { 'content-type': 'application/json', 'x-crabline-admin-token': adminToken ?? mock.facts.auth?.adminToken }
  const answer = await fetch(endpoints.adminInboundUrl, { method: 'POST', headers, body: JSON.stringify(body) })
  assert.ok(answer.ok, await answer.text())
}

/** How often a message with this id reached the mock. */
async function times(mock, id) {
  return (await mock.lines()).filter(({ body }) => body?.tag === 'message' && body.attrs?.id === id).length
}
