import assert from 'node:assert/strict'
import test from 'node:test'

import { causeOf, decide } from '../src/reconnecting.js'
import { House } from './scripted.js'

const random = () => 0.5
const facts = (given = {}) => ({ linked: true, failures: 1, sameReason: 1, random, ...given })

test('each reason has its rule', () => {
  const stops = { 401: 'logged_out', 402: 'temporarily_banned', 403: 'banned', 405: 'client_outdated', 406: 'logged_out', 409: 'client_outdated', 411: 'multidevice_mismatch' }
  for (const [code, reason] of Object.entries(stops)) {
    const next = decide(Number(code), facts())
    assert.deepEqual([next.act, next.reason], ['stop', reason])
  }
  assert.deepEqual(decide(401, facts()).forget, true)
  assert.deepEqual(decide(403, facts()).forget, false)
  for (const code of [408, 428, 503, 515, 440, 500, 0, 799]) assert.equal(decide(code, facts()).act, 'return', String(code))
  assert.ok(decide(515, facts()).waitMs < 1000, 'right after a phone was linked')
  assert.ok(decide(440, facts()).waitMs > 30_000, 'another program took over: not at once')
})

test('the cause is WhatsApp’s number, or that it was not reached', () => {
  const error = (message, statusCode) => Object.assign(new Error(message), { output: { statusCode } })
  assert.equal(causeOf(error('Stream Errored (conflict)', 440)), 440)
  assert.equal(causeOf(error('Connection Failure', 401)), 401)
  for (const status of [401, 403, 500, 502]) {
    const cause = causeOf(error(`WebSocket Error (Unexpected server response: ${status})`, status))
    assert.equal(cause, 'unreachable')
    assert.deepEqual(decide(cause, facts({ failures: 4, sameReason: 5000 })), { act: 'return', why: 'unreachable', waitMs: 8000 })
  }
  assert.equal(causeOf(undefined), 0)
})

test('waits grow to five minutes, with jitter, and some ways back end', () => {
  const waits = [1, 2, 3, 5, 9, 30].map((failures) => decide(428, facts({ failures })).waitMs)
  assert.deepEqual(waits, [1000, 2000, 4000, 16_000, 256_000, 300_000])
  assert.notEqual(decide(428, facts({ random: () => 0 })).waitMs, decide(428, facts({ random: () => 0.99 })).waitMs)
  assert.equal(decide(428, facts({ failures: 5000, sameReason: 5000 })).act, 'return', 'a network that is away comes back')
  for (const [code, most, reason] of [[440, 1, 'replaced'], [500, 3, 'bad_session'], [515, 5, 'restart_loop'], [799, 10, 'unknown_799']]) {
    assert.equal(decide(code, facts({ sameReason: most })).act, 'return')
    assert.deepEqual(decide(code, facts({ sameReason: most + 1 })), { act: 'stop', reason, forget: false })
  }
})

test('a session comes back by itself, slower each time, and begins anew after a good while', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const house = await House.build(t)
  const start = house.call('POST', '/sessions/s1/start', { webhook: { url: 'http://hook/', secret: 'x'.repeat(20) } })
  await start
  house.socket.open()
  const waits = []
  for (let n = 0; n < 4; n += 1) {
    const before = house.sockets.length
    house.socket.close(428)
    await house.until(() => house.sessions.get('s1').view.state === 'waiting')
    const wait = Date.parse(house.sessions.get('s1').view.again_at) - house.clock
    waits.push(wait)
    t.mock.timers.tick(wait - 1)
    assert.equal(house.sockets.length, before)
    t.mock.timers.tick(1)
    await house.until(() => house.sockets.length === before + 1)
    if (n === 2) {
      house.socket.open()
      await house.until(() => house.sessions.get('s1').view.state === 'open')
      house.clock += 120_000
    }
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 1000])
})

test('who is logged out or banned stays so until a person acts', async (t) => {
  const house = await House.build(t)
  await house.opened()
  house.socket.close(403)
  const event = await house.heard('session.state', ({ state }) => state === 'stopped')
  assert.equal(event.reason, 'banned')
  assert.equal((await house.send('a')).body.error.code, 'banned')
  assert.equal(house.sockets.length, 1)
  await house.call('POST', '/sessions/s1/start', {})
  assert.equal(house.sockets.length, 2)
  house.socket.close(401)
  await house.heard('session.state', ({ reason }) => reason === 'logged_out')
  assert.equal((await house.send('b')).body.error.code, 'logged_out')
})

test('an old connection’s last words change nothing', async (t) => {
  const house = await House.build(t)
  await house.opened()
  const old = house.socket
  await house.call('POST', '/sessions/s1/stop')
  await house.call('POST', '/sessions/s1/start', {})
  house.socket.open()
  old.close(403)
  await house.until(() => house.sessions.get('s1').view.state === 'open')
  assert.equal((await house.send('a')).status, 200)
})

test('what a proxy answers, or a bad certificate, is not WhatsApp’s word', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const house = await House.build(t)
  await house.call('POST', '/sessions/s1/start', { webhook: { url: 'http://hook/', secret: 'x'.repeat(20) } })
  house.socket.open()
  const session = house.sessions.get('s1')
  const says = [...[401, 403, 406, 500, 502].map((n) => [n, `Unexpected server response: ${n}`]), [500, 'certificate has expired']]
  for (const [status, said] of [...says, ...says]) {
    const before = house.sockets.length
    house.socket.close(status, `WebSocket Error (${said})`)
    await house.until(() => session.view.state === 'waiting')
    assert.deepEqual([session.view.reason, session.view.linked], ['unreachable', true], said)
    t.mock.timers.tick(Date.parse(session.view.again_at) - house.clock)
    await house.until(() => house.sockets.length === before + 1)
  }
  house.socket.open()
  await house.until(() => session.view.state === 'open')
  house.socket.close(401)
  await house.until(() => session.view.state === 'stopped')
  assert.equal(session.view.reason, 'logged_out', 'WhatsApp’s own word still counts')
})
