import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { AuthState } from '../src/auth_state.js'
import { Journal } from '../src/journal.js'
import { Numbers } from '../src/numbers.js'
import { Outbox } from '../src/outbox.js'
import { Keyring } from '../src/sealing.js'

const DAY = 24 * 3600_000

async function place(t) {
  const folder = await mkdtemp(join(tmpdir(), 'keeping-'))
  t.after(() => rm(folder, { recursive: true }))
  const scene = { keyring: Keyring.fresh(), at: Date.parse('2026-11-21T10:00:00Z'), path: join(folder, 'a.log') }
  scene.options = { keyring: scene.keyring, place: 'here', now: () => new Date(scene.at) }
  return scene
}

test('ids go after a week and texts after two days, from memory and from the disk', async (t) => {
  const scene = await place(t)
  const journal = await Journal.open(scene.path, scene.options)
  const put = async (id) => {
    await journal.begin({ id, whatsapp: `W${id}`, mark: 'm', content: { kind: 'text', text: id } })
    await journal.end(id, 'sent')
  }
  await put('old')
  scene.at += 3 * DAY
  await put('day three')
  assert.equal(journal.get('old').content, undefined)
  assert.equal(journal.get('old').state, 'sent')
  const lines = (await readFile(scene.path, 'utf8')).split('\n').filter(Boolean).map((line) => scene.keyring.open(line, 'here'))
  assert.ok(!lines.join().includes('"old","whatsapp":"Wold","mark":"m","content"'))
  scene.at += 5 * DAY
  await put('day eight')
  assert.equal(journal.get('old'), undefined)
  assert.ok(journal.get('day three'))
  assert.equal(journal.knownSince.getTime(), scene.at - 7 * DAY, 'what is older may have been here')
  await journal.close()
  const again = await Journal.open(scene.path, scene.options)
  assert.deepEqual([again.get('old'), again.get('day three').state, again.get('day eight').content.text], [undefined, 'sent', 'day eight'])
  await again.close()
})

test('numbers of more than a day ago are forgotten', async (t) => {
  const scene = await place(t)
  const numbers = await Numbers.open(scene.path, { ...scene.options, perMinute: 100_000 })
  const check = (first, count) => Promise.all(Array.from({ length: count }, (_, n) => numbers.check(`${first}${n}`, async () => 'x')))
  await check('2010', 2600)
  scene.at += 2 * DAY
  await check('2020', 400)
  await numbers.close()
  const kept = (await readFile(scene.path, 'utf8')).split('\n').length
  assert.ok(kept < 1500, `${kept} lines`)
})

test('keys are kept together or not at all, and taken back as bytes', async (t) => {
  const scene = await place(t)
  const codec = {
    fresh: () => ({}),
    replacer: (_, value) => (value?.type === 'Buffer' ? { bytes: Buffer.from(value.data).toString('base64') } : value),
    reviver: (_, value) => (typeof value?.bytes === 'string' ? Buffer.from(value.bytes, 'base64') : value),
    revive: (_, value) => value,
  }
  const auth = await AuthState.open(scene.path, { ...scene.options, codec })
  auth.creds.me = { id: '1:1@s.whatsapp.net' }
  await auth.save()
  assert.equal(auth.linked, false, 'a code of letters was asked for, nobody typed it')
  auth.creds.account = { x: Buffer.from('abc') }
  await auth.save()
  const { keys } = auth.forLibrary
  await keys.set({ session: { a: Buffer.from('one'), b: Buffer.from('two') }, 'pre-key': { 1: { k: Buffer.from('k') } } })
  await Promise.all(Array.from({ length: 700 }, (_, n) => keys.set({ session: { a: Buffer.from(`one ${n}`), b: null } })))
  await auth.close()
  const again = await AuthState.open(scene.path, { ...scene.options, codec })
  assert.equal(again.linked, true)
  assert.deepEqual(again.creds.account.x, Buffer.from('abc'))
  assert.deepEqual(await again.forLibrary.keys.get('session', ['a', 'b']), { a: Buffer.from('one 699') })
  assert.deepEqual((await again.forLibrary.keys.get('pre-key', ['1']))[1].k, Buffer.from('k'))
  await again.forget()
  assert.equal(again.linked, false)
  await again.close()
})

test('an event that nobody took for a week is given up, and those behind it go on', async (t) => {
  const scene = await place(t)
  const [lines, taken] = [[], []]
  let status = 410
  const log = { warn: () => {}, error: (event) => lines.push(event) }
  const outbox = await Outbox.open(scene.path, {
    ...scene.options, session: 's', target: () => ({ url: 'http://hook/', secret: 'x' }), log, random: () => 0,
    send: async (_, __, body) => {
      if (status === 200) taken.push(...JSON.parse(body).events.map(({ type }) => type))
      return status
    },
  })
  await outbox.add({ type: 'first' })
  scene.at += 8 * DAY
  await outbox.add({ type: 'second' })
  outbox.hurry()
  while (!lines.length) await new Promise((resolve) => setImmediate(resolve))
  status = 200
  outbox.hurry()
  while (!taken.length) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual([lines, taken], [['webhook_given_up'], ['second']])
  await outbox.close()
})
