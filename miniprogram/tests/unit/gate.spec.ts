// The gate without a network: the vectors of the pass format, and the queue's one life per use.
import { beforeEach, expect, test, vi } from 'vitest'
import { GateDesk, type World } from '@/gate/desk'
import { open, signer } from '@/gate/verifier'
import { bundleText, deskOf, gateWorld, good, issued, offline, queueOf, redeemed, refuse, use, v, type Sent } from './gate-world'

test('every vector, with curves of our own', async () => {
  for (const u of v.updates) {
    const from = u.from && (await open(bundleText(u.from), issued, signer))
    const fault = await (from ? from.update(bundleText(u.to), u.at) : open(bundleText(u.to), u.at, signer)).then(() => '', (e: Error) => e.message)
    expect(fault, u.name).toBe(u.fault)
  }
  for (const p of v.passes) {
    const got = await (await open(bundleText(p.bundle), issued, signer)).verify(p.pass, p.site, p.at)
    expect([got.result, got.reason, got.payFen], p.name).toEqual([p.result, p.reason, p.payFen])
  }
})

let shelf: Record<string, string>
let sent: Sent[]
let world: World
beforeEach(() => { ({ shelf, sent, world } = gateWorld()) })
const desk = () => deskOf(world)

test('a device that accepts nothing keeps nothing', async () => {
  expect([new GateDesk(world).queue.waiting, shelf]).toEqual([0, {}])
})

test('the server answers: nothing is queued, and the pass is not taken offline afterwards', async () => {
  const d = await desk()
  world.redeem = async () => redeemed
  expect(await d.redeem(good.pass)).toMatchObject({ result: 'pass', no: 'R1' })
  expect(d.queue.waiting).toBe(0)
  await vi.waitFor(() => expect(shelf['gate.seen']).toBeTruthy())
  world.redeem = offline
  expect(await d.redeem(good.pass)).toMatchObject({ result: 'retry' })
})

test('no network: accepted once, kept over a restart, handed in once', async () => {
  const d = await desk()
  expect(await d.redeem(good.pass)).toMatchObject({ result: 'pass', payPercent: good.payPercent ?? 80, no: '' })
  expect(await d.redeem(good.pass)).toMatchObject({ result: 'retry' })
  const again = await desk() // the page was loaded anew
  expect(again.queue.waiting).toBe(1)
  expect(await again.redeem(good.pass)).toMatchObject({ result: 'retry' })
  await expect(again.upload()).rejects.toMatchObject({ code: 'offline' })
  expect(again.queue.waiting).toBe(1)
  world.redeem = refuse(422, 'pass_expired') // the attempt had not arrived
  expect(await again.upload()).toEqual({ accepted: 1, duplicate: 0, rejected: 0 })
  expect(await again.upload()).toBeNull()
  expect(sent).toEqual([{ body: [good.pass], key: expect.any(String) }])
})

test('an attempt that was counted although its answer was lost is not handed in again', async () => {
  const d = await desk()
  const used: string[] = []
  world.redeem = (_, key) => { used.push(key); return offline() }
  await d.redeem(good.pass)
  world.redeem = async (_, key) => { used.push(key); return redeemed }
  expect(await d.upload()).toEqual({ accepted: 1, duplicate: 0, rejected: 0 })
  expect(new Set(used).size).toBe(1)
  expect(sent).toEqual([])
})

test('a server that takes too long is not waited for', async () => {
  const d = await desk()
  world.redeem = () => new Promise(() => undefined)
  world.after = async () => undefined
  expect(await d.redeem(good.pass)).toMatchObject({ result: 'pass', no: '' })
})

test('refusals of the server are answers of the gate; a shown pass is asked for anew', async () => {
  const d = await desk()
  const used: string[] = []
  const say = (code: string) => { world.redeem = (_, key) => { used.push(key); return refuse(409, code)() } }
  say('pass_already_used')
  expect((await d.redeem(good.pass)).result).toBe('retry')
  say('pass_wrong_site')
  expect((await d.redeem(good.pass)).result).toBe('standard')
  expect(new Set(used).size).toBe(2)
  world.redeem = refuse(401, 'unauthenticated')
  await expect(d.redeem(good.pass)).rejects.toMatchObject({ status: 401 })
  expect(d.queue.waiting).toBe(0)
})

test('without a bundle, or with one of yesterday, nothing is decided', async () => {
  await expect(new GateDesk(world).redeem(good.pass)).rejects.toMatchObject({ code: 'offline' })
  const d = await desk()
  world.now = () => d.until
  await expect(d.redeem(good.pass)).rejects.toMatchObject({ code: 'bundle_expired' })
})

test('cancelled at the gate: nothing is handed in, and what was counted is taken back', async () => {
  const d = await desk()
  const reversed: string[] = []
  world.reverse = async (no) => { reversed.push(no) }
  const first = await d.redeem(good.pass)
  expect(d.queue.cancel(first.waiting!)).toBe(true)
  world.redeem = async () => redeemed
  expect(await d.upload()).toEqual({ accepted: 0, duplicate: 0, rejected: 0 })
  expect([reversed, sent, d.queue.waiting]).toEqual([['R1'], [], 0])
  expect(d.queue.cancel(first.waiting!)).toBe(false)
})

const queue = () => queueOf(world)

test('a hundred at a time; a batch whose answer was lost goes again under its key', async () => {
  const q = queue()
  for (let n = 0; n < 130; n++) q.add(use(n))
  const upload = world.upload
  world.upload = async (body, key) => { await upload(body, key); return offline() }
  await expect(q.upload(['tieta'])).rejects.toMatchObject({ code: 'offline' })
  q.add(use(130))
  world.upload = upload
  expect(await queue().upload(['tieta'])).toEqual({ accepted: 131, duplicate: 0, rejected: 0 })
  expect(sent.map((s) => s.body.length)).toEqual([100, 100, 31])
  expect(sent[0]).toEqual(sent[1])
})

test('the first to be handed in says until when', () => {
  const q = queue()
  expect(q.due).toBe(0)
  for (const [n, more] of [[1, { cancelled: true }], [2, { acceptedAt: '2026-11-22T10:05:00+08:00' }], [3, { acceptedAt: '2026-11-22T10:01:00+08:00' }], [4, { open: true }]] as const) q.add(use(n, more))
  expect([q.waiting, new Date(q.due).toISOString()]).toEqual([2, '2026-11-25T02:01:00.000Z'])
})

test('one that the server will not take does not hold the others up', async () => {
  const q = queue()
  for (let n = 0; n < 3; n++) q.add(use(n))
  const upload = world.upload
  world.upload = (body, key) => (body.items.some((i) => i.pass === 'pass-1') ? refuse(400, 'invalid')() : upload(body, key))
  expect(await q.upload(['tieta'])).toEqual({ accepted: 2, duplicate: 0, rejected: 0 })
  expect([q.waiting, q.held.map((u) => [u.id, u.held])]).toEqual([0, [['id-1', 'refused']]])
})

test('another site’s uses wait for its account; two tabs share one queue', async () => {
  const a = queue(), b = queue()
  a.add(use(1))
  b.add(use(2, { site: 'longting' }))
  expect([a.waiting, b.waiting]).toEqual([2, 2])
  await a.upload(['tieta'])
  expect(sent.map((s) => s.body)).toEqual([['pass-1']])
  expect(b.waiting).toBe(1)
})
