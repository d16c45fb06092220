import assert from 'node:assert/strict'
import test from 'node:test'

import { sign } from '../src/outbox.js'
import { House, SECRET } from './scripted.js'

const key = (id, more = {}) => ({ id, fromMe: false, remoteJid: '201000000001@s.whatsapp.net', ...more })

function write(house, id, message, more) {
  house.socket.ev.emit('messages.upsert', { type: 'notify', messages: [{ key: key(id, more), message, messageTimestamp: 1_800_000_000, pushName: 'Amira' }] })
}

test('a webhook is signed over id, time and the raw body', async (t) => {
  const house = await House.build(t)
  await house.opened()
  const [{ headers, body }] = house.delivered
  assert.equal(headers['webhook-signature'], sign(SECRET, headers['webhook-id'], headers['webhook-timestamp'], body))
  assert.equal(headers['webhook-timestamp'], String(house.clock / 1000))
  // Made with Python: HMAC-SHA-256 of "msg_1.1700000000.{}" with "secret".
  assert.equal(sign('secret', 'msg_1', '1700000000', '{}'), 'v1,A5oIrJxXPB/PkULSoVu0e4khvPiqpF9vljmhkSKg0FI=')
})

test('events wait for a receiver that is away, in their order, over a crash, and come at least once', async (t) => {
  const house = await House.build(t)
  await house.opened()
  house.receiver = () => 503
  for (let n = 1; n <= 120; n += 1) write(house, `IN${n}`, { conversation: String(n) })
  await house.until(() => house.sessions.get('s1').view.outbox.waiting === 120)
  await house.sessions.get('s1').check('1').catch(() => {}) // a turn, so that the last append is on the disk
  await house.send('settle-the-disk')
  await house.crash()
  house.receiver = () => 200
  await house.call('POST', '/sessions/s1/start', { webhook: { url: 'http://moved/', secret: SECRET } })
  await house.until(() => house.events.filter(({ type }) => type === 'message.received').length >= 120)
  const texts = house.events.filter(({ type }) => type === 'message.received').map(({ message }) => message.text)
  assert.deepEqual([...new Set(texts)], Array.from({ length: 120 }, (_, n) => String(n + 1)))
  assert.equal(new Set(house.events.map(({ id }) => id)).size, house.events.length)
  assert.equal(house.delivered.at(-1).url, 'http://moved/')
  await house.until(() => house.sessions.get('s1').view.outbox.waiting === 0)
})

test('each kind of message is read, in layers too', async (t) => {
  const house = await House.build(t)
  await house.opened()
  const cases = [
    [{ extendedTextMessage: { text: 'Hi', contextInfo: { stanzaId: 'Q1', isForwarded: true } } }, { kind: 'text', text: 'Hi', reply_to: 'Q1', forwarded: true }],
    [{ ephemeralMessage: { message: { viewOnceMessageV2: { message: { imageMessage: { caption: 'c', mimetype: 'image/png', fileLength: '7' } } } } } }, { kind: 'image', text: 'c', media: { mime: 'image/png', filename: '', voice: false, size: 7 } }],
    [{ audioMessage: { ptt: true, mimetype: 'audio/ogg' } }, { kind: 'audio', text: '', media: { mime: 'audio/ogg', filename: '', voice: true, size: 0 } }],
    [{ templateButtonReplyMessage: { selectedDisplayText: 'Stop', selectedId: 'STOP' } }, { kind: 'button', text: 'Stop', choice: 'STOP' }],
    [{ reactionMessage: { text: '👍', key: { id: 'OUT' } } }, { kind: 'reaction', text: '👍', reply_to: 'OUT' }],
    [{ locationMessage: { degreesLatitude: 30, degreesLongitude: 31, name: 'Cairo' } }, { kind: 'location', text: '', location: { latitude: 30, longitude: 31, name: 'Cairo', address: '' } }],
    [{ protocolMessage: { type: 0, key: { id: 'OLD' } } }, { kind: 'revoke', text: '', original: 'OLD' }],
    [{ protocolMessage: { type: 14, key: { id: 'OLD' }, editedMessage: { conversation: 'new' } } }, { kind: 'edit', text: 'new', original: 'OLD' }],
    [{ pollCreationMessageV3: { name: 'x' } }, { kind: 'unsupported', text: '', unknown: 'pollCreationMessageV3' }],
  ]
  for (const [place, [message, expected]] of cases.entries()) {
    write(house, `K${place}`, message)
    const { message: found } = await house.heard('message.received', (event) => event.message.provider_id === `K${place}`)
    assert.deepEqual(found, { provider_id: `K${place}`, at: 1_800_000_000, from: '201000000001', lid: '', name: 'Amira', ...expected })
  }
})

test('groups, states, signals and what could not be decrypted yet are no messages', async (t) => {
  const house = await House.build(t)
  await house.opened()
  write(house, 'G', { conversation: 'g' }, { remoteJid: '123@g.us', participant: '201000000001@s.whatsapp.net' })
  write(house, 'S', { conversation: 's' }, { remoteJid: 'status@broadcast' })
  write(house, 'C', undefined)
  write(house, 'P', { protocolMessage: { type: 5 } })
  write(house, 'K', { senderKeyDistributionMessage: {}, messageContextInfo: {} })
  write(house, 'last', { conversation: 'x' })
  await house.heard('message.received')
  assert.deepEqual(house.events.filter(({ type }) => type === 'message.received').map(({ message }) => message.provider_id), ['last'])
})

test('a hidden number comes with its phone where that is known; what the phone itself wrote is an echo', async (t) => {
  const house = await House.build(t)
  await house.opened()
  house.socket.signalRepository = { lidMapping: { getPNForLID: async (jid) => (jid === '777@lid' ? null : jid === '77777@lid' ? '201000000007:0@s.whatsapp.net' : null) } }
  write(house, 'A', { conversation: 'a' }, { remoteJid: '99999@lid', remoteJidAlt: '201000000009@s.whatsapp.net' })
  const known = await house.heard('message.received')
  assert.deepEqual([known.message.from, known.message.lid], ['201000000009', '99999'])
  write(house, 'B', { conversation: 'b' }, { remoteJid: '77777@lid' })
  const mapped = await house.heard('message.received', ({ message }) => message.provider_id === 'B')
  assert.deepEqual([mapped.message.from, mapped.message.lid], ['201000000007', '77777'])
  write(house, 'C', { conversation: 'c' }, { remoteJid: '88888@lid' })
  assert.deepEqual((await house.heard('message.received', ({ message }) => message.provider_id === 'C')).message.from, '')
  await house.send('ours')
  write(house, house.socket.sent[0].options.messageId, { conversation: 'ours' }, { fromMe: true })
  write(house, 'PHONE', { conversation: 'by hand' }, { fromMe: true })
  const echo = await house.heard('message.echo')
  assert.deepEqual([echo.message.provider_id, echo.message.from, echo.message.name], ['PHONE', '201000000001', ''])
  assert.equal(house.events.filter(({ type }) => type === 'message.echo').length, 1)
})

test('the quota of new chats is told when it changes', async (t) => {
  const house = await House.build(t)
  await house.opened()
  const capping = { total_quota: 100, used_quota: 100, cycle_end_timestamp: '1800000000', capping_status: 'CAPPED' }
  house.socket.ev.emit('message-capping.update', capping)
  house.socket.ev.emit('message-capping.update', capping)
  const event = await house.heard('session.capping')
  assert.deepEqual(event.capping, { status: 'CAPPED', total: 100, used: 100, until: new Date(1_800_000_000_000).toISOString() })
  await house.send('x')
  assert.equal(house.events.filter(({ type }) => type === 'session.capping').length, 1)
})
