import assert from 'node:assert/strict'
import test from 'node:test'

import { read, SettingError } from '../src/settings.js'
import { House } from './scripted.js'

test('only with the token; health alone without', async (t) => {
  const house = await House.build(t)
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Bearer ' }]) {
    const { status, body } = await house.call('GET', '/sessions', undefined, headers)
    assert.deepEqual([status, body.error.code, body.error.gateway], [401, 'unauthorized', 'baileys'])
  }
  assert.deepEqual((await house.call('GET', '/health', undefined, {})).body, { status: 'ok', gateway: 'baileys', version: 'test', sessions: {} })
  assert.deepEqual((await house.call('GET', '/sessions')).body, { sessions: [] })
})

test('what does not fit is said, and never a 500', async (t) => {
  const house = await House.build(t)
  await house.opened()
  const cases = [
    ['GET', '/nothing', 404, 'path_unknown'],
    ['DELETE', '/sessions/s1', 405, 'method_not_allowed'],
    ['GET', '/sessions/unknown', 404, 'session_unknown'],
    ['POST', '/sessions/..%2f..%2fetc/start', 400, 'session_name_malformed'],
    ['GET', '/sessions/%ff/qr', 400, 'path_malformed'],
    ['POST', '/sessions/s1/typing', 400, 'bad_number'],
    ['GET', '/sessions/s1/numbers/abc', 400, 'bad_number'],
  ]
  for (const [method, path, status, code] of cases) {
    const answer = await house.call(method, path, method === 'POST' ? {} : undefined)
    assert.deepEqual([answer.status, answer.body.error.code], [status, code], path)
  }
  const { port } = house.server.address()
  const raw = async (body) => (await fetch(`http://127.0.0.1:${port}/sessions/s1/messages`, { method: 'POST', headers: { authorization: 'Bearer a-token-of-the-gateway-itself' }, body })).json()
  assert.equal((await raw('[1]')).error.code, 'not_json')
  assert.equal((await raw('{"a":')).error.code, 'not_json')
  assert.equal((await raw('x'.repeat(300_000)).catch(() => ({ error: { code: 'body_too_large' } }))).error.code, 'body_too_large')
  assert.equal((await house.call('POST', '/sessions/s2/start', { webhook: { url: 'file:///etc', secret: 'x'.repeat(20) } })).body.error.code, 'webhook_malformed')
  const wrong = [null, true, 7, [], {}, 'x\0', '\ud800']
  for (const one of wrong) {
    const sent = await house.call('POST', '/sessions/s1/messages', { id: one, to: one, content: one, reply_to: one })
    assert.equal(sent.status, 400)
    const settled = await house.call('POST', '/sessions/s1/messages/a/settle', { began_at: one })
    assert.ok(settled.status === 400 || settled.body.state, JSON.stringify(one))
  }
})

test('settings are checked, and an open address needs a token of its own', () => {
  assert.equal(read({}).port, 8786)
  assert.throws(() => read({ BAILEYS_HOST: '0.0.0.0' }), SettingError)
  assert.throws(() => read({ BAILEYS_TOKEN: 'short' }), SettingError)
  assert.throws(() => read({ BAILEYS_PORT: '99999' }), SettingError)
  assert.throws(() => read({ BAILEYS_CHECK_BEFORE_SEND: 'perhaps' }), SettingError)
  assert.equal(read({ BAILEYS_HOST: '0.0.0.0', BAILEYS_TOKEN: 'x'.repeat(24) }).host, '0.0.0.0')
})
