/** What waits for a receiver that is away or refuses: how it is cut into batches, and how much is kept. */

import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { Outbox } from '../src/outbox.js'
import { Keyring } from '../src/sealing.js'

const MIB = 1024 * 1024
const AT = Date.parse('2026-11-21T10:00:00Z')

/** An outbox whose receiver does what `status(bytes, count)` says; `taken` and `sizes` are what it took. */
class Scene {
  lines = []
  taken = []
  sizes = []
  status = () => 503

  static async build(t, options = {}) {
    const scene = new Scene()
    scene.folder = await mkdtemp(join(tmpdir(), 'waiting-'))
    scene.path = join(scene.folder, 'a.log')
    scene.keyring = Keyring.fresh()
    scene.options = options
    t.after(() => rm(scene.folder, { recursive: true }))
    await scene.open()
    return scene
  }

  async open() {
    const say = (event, fields) => this.lines.push({ event, ...fields })
    this.outbox = await Outbox.open(this.path, {
      keyring: this.keyring, place: 'here', now: () => new Date(AT), session: 's', target: () => ({ url: 'http://hook/', secret: 'x' }),
      log: { warn: say, error: say }, random: () => 0, send: async (_, __, body) => this.#receive(body), ...this.options,
    })
  }

  #receive(body) {
    const bytes = Buffer.byteLength(body)
    const { events } = JSON.parse(body)
    const status = this.status(bytes, events.length)
    if (status === 200) {
      this.sizes.push(bytes)
      this.taken.push(...events.map(({ type }) => type))
    }
    return status
  }

  add(type, bytes = 0) {
    return this.outbox.add({ type, text: 'ä'.repeat(bytes / 2) })
  }

  /** Many, in their order, that share their syncs. */
  async addAll(types, bytes = () => 0) {
    await Promise.all(types.map((type) => this.add(type, bytes(type))))
  }

  async until(condition) {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve))
  }

  errors(event) {
    return this.lines.filter((line) => line.event === event)
  }
}

const names = (first, last) => Array.from({ length: last - first + 1 }, (_, n) => `e${first + n}`)

test('a batch is cut at about a megabyte of JSON, and one larger event goes alone', async (t) => {
  const scene = await Scene.build(t)
  await scene.addAll(names(1, 12), (type) => (type === 'e6' ? 2 * MIB : 300_000))
  scene.status = (bytes) => (bytes > 3 * MIB ? 413 : 200)
  scene.outbox.hurry()
  await scene.until(() => scene.taken.length === 12)
  assert.deepEqual(scene.taken, names(1, 12))
  assert.deepEqual(scene.sizes.map((bytes) => bytes > MIB), [false, false, true, false, false])
  assert.deepEqual(scene.errors('webhook_given_up'), [])
  await scene.outbox.close()
})

test('an event that is too large for the receiver is given up and does not hold up the others', async (t) => {
  const scene = await Scene.build(t)
  await scene.addAll(['before', 'large', 'behind'], (type) => (type === 'large' ? 4 * MIB : 0))
  scene.status = (bytes) => (bytes > 3 * MIB ? 413 : 200)
  scene.outbox.hurry()
  await scene.until(() => scene.taken.includes('behind'))
  assert.deepEqual(scene.taken, ['before', 'behind'])
  const [{ session, kind, why, bytes }, ...more] = scene.errors('webhook_given_up')
  assert.deepEqual([session, kind, why, bytes > 4 * MIB, more.length], ['s', 'large', 'status 413', true, 0])
  await scene.until(() => scene.outbox.state.waiting === 0)
  await scene.outbox.close()
  await scene.open()
  assert.equal(scene.outbox.state.waiting, 0, 'it is gone from the disk too')
  await scene.outbox.close()
})

test('a receiver that takes less than a batch gets smaller ones at once, and nothing is given up', async (t) => {
  const scene = await Scene.build(t)
  await scene.addAll(names(1, 9), () => 100_000)
  let refused = 0
  scene.status = (bytes) => (bytes > 250_000 ? (refused += 1) && 413 : 200)
  scene.outbox.hurry()
  await scene.until(() => scene.taken.length === 9)
  assert.deepEqual([scene.taken, scene.errors('webhook_given_up')], [names(1, 9), []])
  assert.ok(refused <= 2, `learned once, not for each batch: ${refused}`)
  assert.equal(scene.outbox.state.failures, 0)
  await scene.outbox.close()
})

test('a receiver that calls everything too large loses nothing: it is waited for', async (t) => {
  const scene = await Scene.build(t)
  await scene.addAll(names(1, 20))
  let alone = 0
  scene.status = (_, count) => ((alone += count === 1 ? 1 : 0), 413)
  scene.outbox.hurry()
  await scene.until(() => alone === 2) // one was refused alone, waited for, and tried again
  assert.deepEqual([scene.outbox.state.waiting, scene.errors('webhook_given_up')], [20, []])
  scene.status = () => 200
  scene.outbox.hurry()
  await scene.until(() => scene.taken.length === 20)
  assert.deepEqual(scene.taken, names(1, 20))
  await scene.outbox.close()
})

test('too many events: the oldest go, the log says which, and memory and disk agree', async (t) => {
  const scene = await Scene.build(t, { most: { events: 100, bytes: 10 * MIB } })
  await scene.addAll(names(1, 105))
  const [dropped, ...more] = scene.errors('webhooks_dropped')
  assert.equal(more.length, 0, 'one line tells of many')
  const { count, kinds, first_at: first, last_at: last, why } = dropped
  assert.deepEqual([count, Object.keys(kinds), first, last], [11, names(1, 11), new Date(AT).toISOString(), new Date(AT).toISOString()])
  assert.equal(why, 'too_many_waiting')
  assert.equal(scene.outbox.state.waiting, 94)
  await scene.outbox.close()
  await scene.open()
  assert.equal(scene.outbox.state.waiting, 94)
  scene.status = () => 200
  scene.outbox.hurry()
  await scene.until(() => scene.taken.length === 94)
  assert.deepEqual(scene.taken, names(12, 105))
  await scene.outbox.close()
})

test('large events are bounded in bytes, in memory and on the disk, and the newest is always kept', async (t) => {
  const scene = await Scene.build(t, { most: { events: 1000, bytes: 2 * MIB } })
  for (let first = 1; first < 24; first += 4) await scene.addAll(names(first, first + 3), () => MIB / 2)
  assert.ok(scene.outbox.state.waiting <= 4, `${scene.outbox.state.waiting} wait`)
  assert.ok((await stat(scene.path)).size < 13 * MIB, 'of 16 MiB that were written')
  await scene.add('huge', 3 * MIB)
  assert.equal(scene.outbox.state.waiting, 1)
  assert.equal(scene.errors('webhooks_dropped').reduce((sum, { count }) => sum + count, 0), 24)
  await scene.outbox.close()
  await scene.open()
  scene.status = () => 200
  scene.outbox.hurry()
  await scene.until(() => scene.taken.length === 1)
  assert.deepEqual(scene.taken, ['huge'])
  await scene.outbox.close()
})
