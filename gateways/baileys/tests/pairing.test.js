import assert from 'node:assert/strict'
import test from 'node:test'

import { House, LINKED } from './scripted.js'

const webhook = { url: 'http://hook/', secret: 'x'.repeat(20) }

test('a QR code as text and as a picture, gone when it was scanned', async (t) => {
  const house = await House.build(t, { linked: false })
  await house.call('POST', '/sessions/s1/start', { webhook })
  assert.equal((await house.call('GET', '/sessions/s1/qr')).body.error.code, 'no_qr')
  house.socket.ev.emit('connection.update', { qr: '2@abc' })
  const qr = await house.call('GET', '/sessions/s1/qr')
  assert.deepEqual(qr.body, { qr: '2@abc', code: '', expires_at: '2026-11-21T10:01:00.000Z', shown: 1, most: 6 })
  const picture = await house.call('GET', '/sessions/s1/qr.png')
  assert.deepEqual([picture.headers.get('content-type'), picture.body], ['image/png', 'PNG 2@abc'])
  Object.assign(house.socket.auth.creds, structuredClone(LINKED))
  house.socket.ev.emit('creds.update', {})
  house.socket.close(515) // as WhatsApp does right after a phone was linked
  await house.until(() => house.sockets.length === 2)
  house.socket.open()
  const event = await house.heard('session.state', ({ state }) => state === 'open')
  assert.equal(event.phone, '15550001111')
  assert.equal((await house.call('GET', '/sessions/s1/qr')).status, 404)
  assert.equal(house.events.filter(({ type }) => type === 'session.state').length, 1, 'the restart in between is no news')
  await house.crash()
  await house.until(() => house.sockets.length === 3)
  assert.equal(house.socket.auth.creds.me.name, 'Shop', 'the link is kept')
})

test('after six codes it stops, also over several connections', async (t) => {
  const house = await House.build(t, { linked: false })
  await house.call('POST', '/sessions/s1/start', { webhook })
  for (const qr of ['1', '2', '3', '4']) house.socket.ev.emit('connection.update', { qr })
  house.socket.close(408)
  await house.until(() => house.sockets.length === 2)
  house.socket.ev.emit('connection.update', { qr: '5' })
  house.socket.ev.emit('connection.update', { qr: '6' })
  assert.equal((await house.call('GET', '/sessions/s1')).body.state, 'qr')
  house.socket.ev.emit('connection.update', { qr: '7' })
  const event = await house.heard('session.state')
  assert.deepEqual([event.state, event.reason], ['stopped', 'qr_not_scanned'])
  assert.equal(house.socket.ended, true)
  assert.equal((await house.call('GET', '/sessions/s1/qr')).status, 404)
  assert.equal((await house.send('a')).body.error.code, 'qr_not_scanned')
  await house.call('POST', '/sessions/s1/start', {})
  house.socket.ev.emit('connection.update', { qr: '1 again' })
  assert.equal((await house.call('GET', '/sessions/s1/qr')).body.shown, 1, 'a person may try again')
})

test('a code of letters instead; one that nobody types leaves nothing behind', async (t) => {
  const house = await House.build(t, { linked: false, onSocket: (socket) => queueMicrotask(() => socket.ev.emit('connection.update', { qr: 'q' })) })
  await house.call('POST', '/sessions/s1/start', { webhook })
  const { body } = await house.call('POST', '/sessions/s1/code', { phone: '+1 555 000 1111'.replaceAll(' ', '') })
  assert.deepEqual(body, { code: 'ABCD-EFGH', expires_at: '2026-11-21T10:02:40.000Z' }, 'as long as its connection goes on')
  assert.equal(house.socket.codeFor, '15550001111')
  const view = (await house.call('GET', '/sessions/s1')).body
  assert.deepEqual([view.state, view.linked, JSON.stringify(view).includes('ABCD')], ['code', false, false])
  house.socket.auth.creds.me = { id: '15550001111@s.whatsapp.net', name: '~' } // as the library does when it asks for a code
  house.socket.close(408)
  await house.until(() => house.sockets.length === 3)
  assert.equal(house.socket.auth.creds.me, undefined)
})

test('a code that is asked for late lasts as long as one that is asked for at once', async (t) => {
  const house = await House.build(t, { linked: false, onSocket: (socket) => queueMicrotask(() => socket.ev.emit('connection.update', { qr: 'q' })) })
  await house.call('POST', '/sessions/s1/start', { webhook })
  const first = house.socket
  for (const qr of ['2', '3', '4', '5']) first.ev.emit('connection.update', { qr })
  house.clock += 139_000 // a second before the library ends this connection
  const { body } = await house.call('POST', '/sessions/s1/code', { phone: '15550001111', webhook: { ...webhook, url: 'http://new/' } })
  assert.equal(Date.parse(body.expires_at) - house.clock, 160_000)
  assert.deepEqual([house.sockets.length, first.ended, first.codeFor, house.socket.codeFor], [2, true, undefined, '15550001111'])
  first.close(408) // its last words
  for (const qr of ['2', '3', '4', '5', '6']) house.socket.ev.emit('connection.update', { qr })
  const { state, pairing, webhook: target } = (await house.call('GET', '/sessions/s1')).body
  assert.deepEqual([state, pairing.shown, target], ['code', 6, 'http://new/'])
})

test('a person who wants a new QR code gets the first one again, unless a phone is linked', async (t) => {
  const house = await House.build(t, { linked: false })
  await house.call('POST', '/sessions/s1/start', { webhook })
  for (const qr of ['1', '2', '3']) house.socket.ev.emit('connection.update', { qr })
  await house.call('POST', '/sessions/s1/start', {})
  assert.equal(house.sockets.length, 1, 'a second call does not disturb the first')
  await house.call('POST', '/sessions/s1/start', { fresh: true })
  assert.equal(house.sockets.length, 2)
  house.socket.ev.emit('connection.update', { qr: '1 again' })
  assert.equal((await house.call('GET', '/sessions/s1/qr')).body.shown, 1)
  Object.assign(house.socket.auth.creds, structuredClone(LINKED))
  await house.call('POST', '/sessions/s1/start', { fresh: true })
  assert.equal(house.sockets.length, 2, 'it was scanned in this moment')
})

test('an attempt that is given up takes nothing from a phone that is linked', async (t) => {
  const house = await House.build(t)
  await house.opened()
  house.socket.close(428)
  await house.until(() => house.sessions.get('s1').view.state === 'waiting')
  const { body } = await house.call('POST', '/sessions/s1/logout', { unless_linked: true })
  assert.deepEqual([body.state, body.linked], ['waiting', true])
  const other = await House.build(t, { linked: false })
  await other.call('POST', '/sessions/s1/start', { webhook })
  other.socket.ev.emit('connection.update', { qr: '1' })
  assert.equal((await other.call('POST', '/sessions/s1/logout', { unless_linked: true })).body.state, 'closed')
  assert.equal(other.socket.ended, true)
})

test('a linked session is asked for no code, and logging out forgets the phone', async (t) => {
  const house = await House.build(t)
  await house.opened()
  assert.equal((await house.call('POST', '/sessions/s1/code', { phone: '15550001111' })).body.error.code, 'already_linked')
  house.options.linked = false
  const socket = house.socket
  const { body } = await house.call('POST', '/sessions/s1/logout')
  assert.deepEqual([body.state, body.reason], ['closed', 'logged_out'])
  assert.equal(socket.loggedOut, true)
  await house.heard('session.state', ({ reason }) => reason === 'logged_out')
  await house.crash()
  assert.equal(house.sockets.length, 1, 'not opened by itself')
})
