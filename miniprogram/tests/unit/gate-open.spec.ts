// The attempt is on the device before the server hears of it: a gate that breaks off loses none.
import { beforeEach, expect, test } from 'vitest'
import { GateDesk, type World } from '@/gate/desk'
import { at, deskOf, gateWorld, good, offline, passOf, queueOf, redeemed, refuse, use } from './gate-world'

let shelf: Record<string, string>
let world: World
let did: string[]
beforeEach(() => {
  ({ shelf, world } = gateWorld())
  did = []
  world.reverse = async (no) => { did.push(`reverse ${no}`) }
})
const kept = () => JSON.parse(shelf['gate.queue'] || '[]')
const other = passOf('ES256').pass
/** The gate asks, and breaks off before any answer: the page is gone. */
async function broken() {
  const d = await deskOf(world)
  await new Promise<void>((asked) => {
    world.redeem = (pass, key) => { did.push(`redeem ${pass === good.pass ? 'it' : 'other'} ${key}`); asked(); return new Promise(() => undefined) }
    void d.redeem(good.pass)
  })
  return kept()[0].key as string
}
const answer = async (pass: string, key: string) => { did.push(`redeem ${pass === good.pass ? 'it' : 'other'} ${key}`); return redeemed }

test('an attempt that broke off goes on under its key when the pass comes again, and is done with its answer', async () => {
  const key = await broken()
  expect(kept()).toEqual([expect.objectContaining({ id: key, pass: good.pass, open: true })])
  const d = await deskOf(world)
  expect([d.queue.waiting, d.queue.has(good.pass), d.queue.open]).toEqual([0, false, false])
  world.redeem = answer
  expect((await d.redeem(good.pass)).no).toBe('R1')
  expect([did, kept()]).toEqual([[`redeem it ${key}`, `redeem it ${key}`], []])
})

test('when another pass comes, what the attempt took is given back before it is asked for', async () => {
  const key = await broken()
  const d = await deskOf(world)
  world.redeem = answer
  await d.redeem(other)
  expect(did.slice(1)).toEqual([`redeem it ${key}`, 'reverse R1', expect.stringMatching(/^redeem other /)])
  expect(kept()).toEqual([])
})

test('nobody waits longer than the patience for it', async () => {
  const key = await broken()
  const d = await deskOf(world)
  world.redeem = (pass, k) => (pass === good.pass ? new Promise(() => undefined) : answer(pass, k))
  world.after = async () => { did.push('after') }
  await d.redeem(other)
  expect([did[1], kept().some((u: { id: string; cancelled?: boolean }) => u.id === key && u.cancelled)]).toEqual(['after', true])
})

test('it is taken back before others that wait are asked for again', async () => {
  const q = queueOf(world)
  q.add(use(1, { key: 'k1' }))
  q.add(use(2, { key: 'k2', cancelled: true }))
  world.redeem = (_, key) => { did.push(key); return refuse(409, 'pass_expired')() }
  await q.upload(['tieta'])
  expect(did).toEqual(['k2', 'k1'])
})

test('a use that was asked for online names the key of that attempt when it is handed in', async () => {
  const q = queueOf(world)
  q.add(use(1, { key: 'k1' }))
  q.add(use(2))
  world.redeem = refuse(409, 'pass_expired')
  const { upload } = world
  const keys: (string | undefined)[] = []
  world.upload = (body, key) => { keys.push(...body.items.map((i) => i.attemptKey)); return upload(body, key) }
  await q.upload(['tieta'])
  expect(keys).toEqual(['k1', undefined])
})

test('it is left alone while its pass can come again, and then taken back', async () => {
  const key = await broken()
  const d = await deskOf(world)
  world.redeem = answer
  expect(await at(world, good.at + 659_000, () => d.upload())).toBeNull()
  await at(world, good.at + 660_000, () => d.upload())
  expect([did.slice(1), kept()]).toEqual([[`redeem it ${key}`, 'reverse R1'], []])
})

test('judged without the server, the attempt becomes the use or is taken back, in one write', async () => {
  const d = await deskOf(world)
  world.redeem = offline
  const { waiting } = await d.redeem(good.pass)
  expect(kept()).toEqual([expect.objectContaining({ id: waiting, key: expect.any(String) })])
  const late = passOf('unknown benefit')
  await at(world, late.at, () => d.redeem(late.pass))
  expect(kept().map((u: object) => ['open' in u, 'cancelled' in u])).toEqual([[false, false], [false, true]])
})

test('a refusal is an end, a sign-in that is over is none', async () => {
  const d = await deskOf(world)
  world.redeem = refuse(401, 'unauthenticated')
  await expect(d.redeem(good.pass)).rejects.toMatchObject({ status: 401 })
  expect(kept()).toHaveLength(1)
  world.redeem = refuse(409, 'pass_already_used')
  expect((await d.redeem(good.pass)).result).toBe('retry')
  expect(kept()).toEqual([])
})

test('a device that keeps nothing more keeps nobody out while the server answers', async () => {
  const d = new GateDesk(world)
  world.redeem = async () => redeemed
  world.shelf.set = () => { throw new Error('full') }
  expect((await d.redeem(good.pass)).no).toBe('R1')
})
