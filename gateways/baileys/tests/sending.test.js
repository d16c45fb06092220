import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'

import { whatsappId } from '../src/journal.js'
import { House, SECRET } from './scripted.js'

test('a message goes out once, under an id made of the caller’s', async (t) => {
  const house = await House.build(t)
  await house.opened()
  const answer = await house.send('q.k.1.1')
  assert.deepEqual(answer.body, { id: 'q.k.1.1', state: 'sent', provider_id: whatsappId('s1', 'q.k.1.1') })
  assert.deepEqual(await house.send('q.k.1.1'), { ...answer, headers: (await house.send('q.k.1.1')).headers })
  assert.equal(house.socket.sent.length, 1)
  assert.deepEqual(house.socket.sent[0].content, { text: 'Hello' })
  assert.equal((await house.call('GET', '/sessions/s1/messages/q.k.1.1')).body.state, 'sent')
})

test('many calls with one id at the same time send once', async (t) => {
  const house = await House.build(t)
  await house.opened()
  const answers = await Promise.all(Array.from({ length: 50 }, () => house.send('same')))
  assert.ok(answers.every(({ status }) => status === 200))
  assert.equal(house.socket.sent.length, 1)
})

test('an id that was used for another message is refused', async (t) => {
  const house = await House.build(t)
  await house.opened()
  await house.send('one')
  const other = await house.send('one', '201000000002')
  assert.deepEqual([other.status, other.body.error.code], [409, 'id_reused'])
  assert.equal(house.socket.sent.length, 1)
})

test('what was begun before a crash is uncertain after it, and never sent again', async (t) => {
  const house = await House.build(t)
  await house.opened()
  house.socket.answer = 'silence'
  const first = house.send('cut').catch(() => 'connection lost')
  await house.until(() => house.socket.sent.length === 1)
  await house.crash()
  await first
  const state = await house.call('GET', '/sessions/s1/messages/cut')
  assert.deepEqual([state.body.state, state.body.code], ['uncertain', 'gateway_restarted'])
  await house.until(() => house.sockets.length === 2) // wanted open, so it is opened by itself
  house.socket.open()
  const again = await house.send('cut')
  assert.deepEqual([again.status, again.body.error.state], [504, 'uncertain'])
  assert.equal(house.socket.sent.length, 0)
  house.socket.ev.emit('messages.update', [{ key: { id: whatsappId('s1', 'cut'), fromMe: true, remoteJid: '201000000001@s.whatsapp.net' }, update: { status: 3 } }])
  const event = await house.heard('message.status')
  assert.deepEqual([event.message.id, event.message.status, event.message.to], ['cut', 'delivered', '201000000001'])
  assert.equal((await house.call('GET', '/sessions/s1/messages/cut')).body.state, 'sent')
})

test('an id that never came is closed for good when its outcome is settled', async (t) => {
  const house = await House.build(t)
  await house.opened()
  const settle = (id, began) => house.call('POST', `/sessions/s1/messages/${id}/settle`, { began_at: began })
  const early = await settle('early', '2026-11-21T09:00:00Z')
  assert.equal(early.body.state, 'unknown', 'from before this journal')
  assert.equal((await house.send('early')).status, 200)
  house.clock += 3600_000
  assert.equal((await settle('late', new Date(house.clock).toISOString())).body.state, 'refused')
  await house.crash()
  await house.until(() => house.sockets.length === 2)
  house.socket.open()
  const late = await house.send('late')
  assert.deepEqual([late.status, late.body.error.code], [409, 'id_closed'])
  assert.equal(house.socket.sent.length, 0)
  assert.equal((await settle('early', new Date(house.clock).toISOString())).body.state, 'sent')
})

test('463 is a refusal with the time that WhatsApp gave, and no receipt besides', async (t) => {
  const house = await House.build(t)
  await house.opened()
  house.socket.ev.emit('connection.update', {
    reachoutTimeLock: { isActive: true, timeEnforcementEnds: new Date(house.clock + 7200_000), enforcementType: 'BIZ_QUALITY' },
  })
  house.socket.answer = '463'
  const { status, body } = await house.send('cold')
  assert.equal(status, 422)
  assert.deepEqual([body.error.code, body.error.state, body.error.retry_after], ['463', 'failed', 7200])
  house.socket.ev.emit('messages.update', [{ key: { id: whatsappId('s1', 'cold'), fromMe: true }, update: { status: 0, messageStubParameters: ['463'] } }])
  const lock = await house.heard('session.time_lock')
  assert.deepEqual(lock.time_lock, { active: true, until: new Date(house.clock + 7200_000).toISOString(), type: 'BIZ_QUALITY' })
  assert.equal((await house.call('GET', '/sessions/s1')).body.time_lock.active, true)
  assert.equal(house.events.filter(({ type }) => type === 'message.status').length, 0)
  assert.equal((await house.send('cold')).body.error.code, '463', 'the same id again says the same')
  house.clock += 3600_000
  const settled = await house.call('POST', '/sessions/s1/messages/cold/settle', { began_at: new Date(house.clock).toISOString() })
  assert.deepEqual(settled.body, { id: 'cold', state: 'failed', code: '463', provider_id: whatsappId('s1', 'cold'), retry_after: 3600 })
  house.clock += 3600_000
  assert.equal((await house.call('GET', '/sessions/s1/messages/cold')).body.retry_after, undefined, 'the time is over')
  assert.equal(house.socket.sent.length, 1)
})

test('without an acknowledgement nobody knows; a late one or a late refusal is told', async (t) => {
  const house = await House.build(t, { ackMs: 20 })
  await house.opened()
  house.socket.answer = 'silence'
  for (const id of ['late', 'refused']) {
    const { status, body } = await house.send(id)
    assert.deepEqual([status, body.error.code], [504, 'no_acknowledgement'])
  }
  house.socket.acknowledge(whatsappId('s1', 'late'))
  assert.deepEqual((await house.heard('message.status')).message.status, 'sent')
  house.socket.acknowledge(whatsappId('s1', 'refused'), '479')
  const failed = await house.heard('message.status', ({ message }) => message.status === 'failed')
  assert.deepEqual([failed.message.id, failed.message.code], ['refused', '479'])
  assert.equal((await house.call('GET', '/sessions/s1/messages/refused')).body.state, 'failed')
})

test('a connection that ends in mid-call, or a library that fails, leaves it uncertain', async (t) => {
  const house = await House.build(t)
  await house.opened()
  house.socket.answer = 'silence'
  const sending = house.send('lost')
  await house.until(() => house.socket.sent.length === 1)
  house.socket.close(428)
  assert.equal((await sending).body.error.code, 'connection_lost')
  const closed = await house.send('next')
  assert.deepEqual([closed.status, closed.body.error.code], [409, 'connecting'])
  assert.ok(Number(closed.headers.get('retry-after')) >= 1)
  assert.equal((await house.call('GET', '/sessions/s1/messages/next')).body.state, 'unknown', 'nothing was begun')
})

test('receipts move forward only and carry the caller’s id', async (t) => {
  const house = await House.build(t)
  await house.opened()
  await house.send('m')
  const key = { id: whatsappId('s1', 'm'), fromMe: true, remoteJid: '201000000001@s.whatsapp.net' }
  for (const status of [2, 4, 3, 4]) house.socket.ev.emit('messages.update', [{ key, update: { status } }])
  house.socket.ev.emit('messages.update', [{ key: { ...key, id: 'ELSE' }, update: { status: 3 } }])
  await house.send('last')
  await house.heard('message.status')
  assert.deepEqual(house.events.filter(({ type }) => type === 'message.status').map(({ message }) => message.status), ['read'])
})

test('a number is asked for seldom: kept for a day, and refused when it is too often', async (t) => {
  const house = await House.build(t, { checkBeforeSend: true })
  await house.opened()
  house.socket.onNumber = (jid) => (jid.startsWith('2010000009') ? [] : [{ jid: jid.replace('5511999', '551199'), exists: true }])
  const check = (number) => house.call('GET', `/sessions/s1/numbers/${number}`)
  assert.equal((await check('201000000900')).body.exists, false)
  assert.equal((await house.send('nobody', '201000000900')).body.error.code, 'not_on_whatsapp')
  assert.equal((await house.send('there', '5511999000')).status, 200)
  assert.equal(house.socket.sent[0].jid, '551199000@s.whatsapp.net', 'the address that WhatsApp gave')
  assert.equal(house.socket.asked.length, 2)
  await check('201000000003')
  const refused = await check('201000000004')
  assert.deepEqual([refused.status, refused.body.error.code], [429, 'check_rate_limited'])
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  await house.crash()
  await house.until(() => house.sockets.length === 2)
  house.socket.open()
  assert.equal((await check('201000000900')).body.cached, true)
  house.clock += 25 * 3600_000
  assert.equal((await check('201000000900')).body.cached, false)
})

test('no answer to a check says nothing of the number: it is no verdict, and none is kept', async (t) => {
  const house = await House.build(t, { checkBeforeSend: true })
  await house.opened()
  house.socket.onNumber = () => undefined // what the library gives where the server's answer is no result, or none came
  const checked = await house.call('GET', '/sessions/s1/numbers/201000000001')
  assert.deepEqual([checked.status, checked.body.error.code, checked.body.error.retry_after], [503, 'check_failed', 10])
  const sent = await house.send('m')
  assert.deepEqual([sent.status, sent.body.error.code], [503, 'check_failed'])
  assert.equal((await house.call('GET', '/sessions/s1/messages/m')).body.state, 'unknown', 'nothing was begun')
  house.socket.onNumber = (jid) => [{ jid, exists: true }]
  assert.equal((await house.send('m')).status, 200)
  assert.equal(house.socket.asked.length, 3, 'asked each time')
})

test('typing, read and an answer that quotes', async (t) => {
  const house = await House.build(t)
  await house.opened()
  await house.call('POST', '/sessions/s1/typing', { to: '201000000001' })
  assert.deepEqual(house.socket.presences, [['composing', '201000000001@s.whatsapp.net']])
  const key = { id: 'IN1', fromMe: false, remoteJid: '201000000001@s.whatsapp.net' }
  house.socket.ev.emit('messages.upsert', { type: 'notify', messages: [{ key, message: { conversation: 'Hi' }, messageTimestamp: 1_800_000_000 }] })
  await house.heard('message.received')
  assert.equal((await house.call('POST', '/sessions/s1/read', { message_id: 'IN1' })).status, 200)
  assert.deepEqual(house.socket.readKeys, [key])
  assert.equal((await house.call('POST', '/sessions/s1/read', { message_id: 'IN2' })).body.error.code, 'message_unknown')
  const content = { kind: 'text', text: 'Yes' }
  await house.call('POST', '/sessions/s1/messages', { id: 'r', to: '201000000001', content, reply_to: 'IN1' })
  assert.equal(house.socket.sent[0].options.quoted.key.id, 'IN1')
})

test('a phone that could not read a message is given it again, also after a crash', async (t) => {
  const house = await House.build(t)
  await house.opened()
  await house.send('m')
  await house.crash()
  await house.until(() => house.sockets.length === 2)
  assert.deepEqual(house.socket.getMessage({ id: whatsappId('s1', 'm') }), { extendedTextMessage: { text: 'Hello' } })
  assert.equal(house.socket.getMessage({ id: 'other' }), undefined)
})

test('what is no message is refused before anything is begun', async (t) => {
  const house = await House.build(t)
  await house.opened()
  for (const [to, content, code] of [
    ['12', { kind: 'text', text: 'a' }, 'bad_number'],
    ['201000000001', { kind: 'text', text: '' }, 'content_malformed'],
    ['201000000001', { kind: 'image', link: 'http://169.254.169.254/' }, 'content_unknown'],
    ['201000000001', { kind: 'location', latitude: 91, longitude: 0 }, 'content_malformed'],
    ['201000000001', null, 'content_unknown'],
  ]) {
    const { status, body } = await house.send('bad', to, content)
    assert.deepEqual([status, body.error.code], [400, code])
  }
  assert.equal((await house.send('', '201000000001')).body.error.code, 'id_malformed')
  assert.equal(house.socket.sent.length, 0)
})

test('nothing secret lies on the disk or in the log in the clear', async (t) => {
  const house = await House.build(t)
  await house.opened()
  await house.send('m', '201000000001', { kind: 'text', text: 'CANARY-text' })
  house.receiver = () => 500
  const key = { id: 'IN1', fromMe: false, remoteJid: '201000000001@s.whatsapp.net' }
  house.socket.ev.emit('messages.upsert', { type: 'notify', messages: [{ key, message: { conversation: 'CANARY-inbound' } }] })
  await house.until(() => house.lines.length > 0)
  const folder = join(house.folder, 'sessions', 's1')
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))
  const everything = [...files, ...house.lines].join('\n')
  for (const canary of ['CANARY', SECRET, '201000000001', '15550001111']) assert.ok(!everything.includes(canary), canary)
})
