// What the server says after the gate has decided: taken back, refused here, at another price, by another clock.
import { beforeEach, expect, test } from 'vitest'
import { Problem } from '@/api/send'
import { GateDesk, type World } from '@/gate/desk'
import type { Server } from '@/gate/queue'
import { at, bundleText, deskOf, fetched, gateWorld, good, offline, passOf, queueOf, redeemed, refuse, use, type Sent } from './gate-world'

let shelf: Record<string, string>
let sent: Sent[]
let world: World
let reversed: string[]
beforeEach(() => {
  ({ shelf, sent, world } = gateWorld())
  reversed = []
  world.reverse = async (no) => { reversed.push(no) }
})
const desk = () => deskOf(world)
const queue = () => queueOf(world)
const none = { accepted: 0, duplicate: 0, rejected: 0 }
const left = (q: { held: { id: string; held?: string; no?: string }[] }) => q.held.map((u) => [u.id, u.held, u.no])

/** Answers an upload with these outcomes, after something happened meanwhile. */
const answering = (outcomes: ('accepted' | 'duplicate' | 'rejected')[], meanwhile = () => {}): Server['upload'] => async (body, key) => {
  sent.push({ body: body.items.map((i) => i.pass), key })
  meanwhile()
  const items = outcomes.map((outcome, i) => ({ outcome, differenceFen: 0, ...(outcome === 'accepted' ? { redemptionNo: `R${i + 1}` } : {}) }))
  return { items, totals: { ...none, differenceFen: 0 } }
}

test('cancelled while the attempt is asked for again: counted, it is reversed; not counted, it is not handed in', async () => {
  const q = queue()
  q.add(use(1, { key: 'k1' }))
  world.redeem = async () => { expect(q.cancel('id-1')).toBe(true); return redeemed }
  expect(await q.upload(['tieta'])).toEqual(none)
  expect([reversed, sent, q.open]).toEqual([['R1'], [], false])

  q.add(use(2, { key: 'k2' }))
  world.redeem = () => { q.cancel('id-2'); return refuse(409, 'pass_expired')() }
  expect(await q.upload(['tieta'])).toEqual(none)
  expect([reversed, sent, q.open, q.held]).toEqual([['R1'], [], false, []])
})

test('cancelled while its batch is on the way: reversed once it is known to be counted', async () => {
  const q = queue()
  for (let n = 1; n <= 2; n++) q.add(use(n))
  world.upload = answering(['accepted', 'accepted'], () => expect(q.cancel('id-2')).toBe(true))
  expect(await q.upload(['tieta'])).toEqual({ accepted: 1, duplicate: 0, rejected: 0 })
  expect([reversed, q.open, q.held]).toEqual([['R2'], false, []])
})

test('the batch whose answer was lost goes again as it was, and who was cancelled is reversed after it', async () => {
  const q = queue()
  for (let n = 1; n <= 2; n++) q.add(use(n))
  world.upload = (body, key) => { sent.push({ body: body.items.map((i) => i.pass), key }); return offline() }
  await expect(q.upload(['tieta'])).rejects.toMatchObject({ code: 'offline' })
  q.cancel('id-1')
  q.add(use(3))
  q.cancel('id-3') // never asked for: it is simply gone
  world.upload = answering(['accepted', 'accepted'])
  world.reverse = offline
  await expect(q.upload(['tieta'])).rejects.toMatchObject({ code: 'offline' })
  world.reverse = async (no) => { reversed.push(no) }
  await q.upload(['tieta'])
  expect([sent.length, sent[1]]).toEqual([2, sent[0]])
  expect([reversed, q.open]).toEqual([['R1'], false])
})

test('cancelled on the way and not to be reversed: a person hears of it', async () => {
  const q = queue()
  for (let n = 1; n <= 3; n++) q.add(use(n))
  world.upload = answering(['duplicate', 'rejected', 'accepted'], () => [1, 2, 3].forEach((n) => q.cancel(`id-${n}`)))
  world.reverse = refuse(409, 'not_ready')
  expect(await q.upload(['tieta'])).toEqual(none)
  expect(left(q)).toEqual([['id-1', 'late', undefined], ['id-3', 'late', 'R3']])
  expect(q.cancel('id-3')).toBe(true)

  q.held.forEach((u) => q.drop(u.id))
  for (let n = 4; n <= 5; n++) q.add(use(n))
  world.upload = (body) => { q.cancel('id-4'); return body.items.length > 1 ? refuse(400, 'invalid_request')() : answering(['accepted'])(body, '') }
  expect(await q.upload(['tieta'])).toEqual({ accepted: 1, duplicate: 0, rejected: 0 })
  expect(left(q)).toEqual([['id-4', 'late', undefined]])
})

test('reversed in the list of the day before the queue came to it', async () => {
  for (const e of [new Problem(409, 'not_ready', '', '', 0, [{ pointer: '{no}', code: 'already_reversed', detail: '' }]), new Problem(422, 'idempotency_key_reused', '')]) {
    const q = queue()
    q.add(use(1, { key: 'k', cancelled: true }))
    world.redeem = async () => redeemed
    world.reverse = () => Promise.reject(e)
    await q.upload(['tieta'])
    expect([q.open, q.held]).toEqual([false, []])
  }
})

test('what the server rejects stays until a person has looked, also what an older version kept', async () => {
  const q = queue()
  q.add(use(1))
  world.upload = answering(['rejected'])
  expect(await q.upload(['tieta'])).toEqual({ accepted: 0, duplicate: 0, rejected: 1 })
  expect([left(q), q.waiting]).toEqual([[['id-1', 'rejected', undefined]], 0])
  q.drop('id-1')
  expect(q.held).toEqual([])
  shelf['gate.queue'] = JSON.stringify([{ ...use(2), refused: 'invalid_request' }])
  expect([left(q), q.open]).toEqual([[['id-2', 'refused', undefined]], false])
})

test('refused here after the server took too long: what it counted is reversed', async () => {
  const d = await desk()
  world.redeem = () => new Promise(() => undefined)
  world.after = async () => undefined
  for (const name of ['unknown benefit', 'EdDSA issued in the future', 'unknown key']) {
    const { pass, at: time, result } = passOf(name)
    expect((await at(world, time, () => d.redeem(pass))).result, name).toBe(result)
  }
  expect([d.queue.waiting, d.queue.open]).toEqual([0, true])
  const numbers = ['R1', 'R2']
  const used: string[] = []
  world.redeem = async (_, key) => {
    used.push(key)
    const no = numbers.shift()
    return no ? { ...redeemed, redemptionNo: no } : refuse(403, 'pass_wrong_site')()
  }
  expect(await d.upload()).toEqual(none)
  expect([new Set(used).size, reversed, sent, d.queue.open]).toEqual([3, ['R1', 'R2'], [], false])
})

test('what no issuer counts is not asked for again', async () => {
  const d = await desk()
  for (const name of ['EdDSA truncated', 'EdDSA changed signature', 'EdDSA another algorithm', 'percent 101']) await d.redeem(passOf(name).pass)
  expect(d.queue.open).toBe(false)
})

test('without a verdict the attempt stays open for the same pass, and is taken back with the next', async () => {
  const d = new GateDesk(world)
  const used: string[] = []
  world.redeem = (_, key) => { used.push(key); return offline() }
  for (let n = 0; n < 2; n++) await expect(d.redeem(good.pass)).rejects.toMatchObject({ code: 'offline' })
  expect([new Set(used).size, d.queue.open]).toEqual([1, false])
  await expect(d.redeem('XY1:OTHER')).rejects.toMatchObject({ code: 'offline' })
  await at(world, fetched, () => d.refresh())
  world.redeem = async (_, key) => { used.push(key); return redeemed }
  await d.upload()
  expect(used.slice(2)).toEqual([used[0], used[3], used[0]]) // before the next is asked for, and again when there is a network
  expect([reversed, d.queue.open]).toEqual([['R1'], false])
})

test('let in with the benefit and counted at the standard price: a person hears of it', async () => {
  const d = await desk()
  const { waiting } = await d.redeem(good.pass)
  world.redeem = async () => ({ ...redeemed, result: 'standard' as const, payPercent: 100 })
  expect(await d.upload()).toEqual({ accepted: 1, duplicate: 0, rejected: 0 })
  expect(left(d.queue)).toEqual([[waiting, 'standard', 'R1']])
  expect(d.queue.cancel(waiting!)).toBe(false) // it is in the list of the day
  expect(await d.upload()).toBeNull()
})

test('a pass that waits here is not asked for a second time', async () => {
  const d = await desk()
  await d.redeem(good.pass)
  world.redeem = async () => { throw new Error('asked') }
  expect((await d.redeem(good.pass)).result).toBe('retry')
  expect(d.log.all.map((r) => r.reason)).toEqual(['seen'])
})

test('a fast clock stops the gate from judging alone, over a restart, until a bundle says that it is right', async () => {
  const d = new GateDesk(world)
  await expect(at(world, fetched + 16_000, () => d.refresh())).rejects.toMatchObject({ code: 'clock_wrong' })
  await expect(d.redeem(good.pass)).rejects.toMatchObject({ code: 'clock_wrong' })
  const again = await desk()
  expect([again.clockWrong, again.sites]).toEqual([true, ['tieta']])
  await expect(again.redeem(good.pass)).rejects.toMatchObject({ code: 'clock_wrong' })
  // A server that takes its time makes no clock fast; the same bundle once more tells too.
  let time = fetched + 5_000
  world.bundle = async () => { time += 30_000; return JSON.parse(bundleText(good.bundle)) }
  world.now = () => time
  await again.refresh()
  expect(again.clockWrong).toBe(false)
  time = good.at
  expect((await again.redeem(good.pass)).result).toBe('pass')
})

test('a slow clock stops it too; so does one that is fast by more than a bundle lasts', async () => {
  for (const off of [-6_000, 86_500_000]) {
    const d = await desk()
    world.bundle = async () => JSON.parse(bundleText('next'))
    await expect(at(world, fetched + off, () => d.refresh())).rejects.toMatchObject({ code: 'clock_wrong' })
    await expect(d.redeem(good.pass)).rejects.toMatchObject({ code: 'clock_wrong' })
    await at(world, fetched, () => d.refresh())
    expect(d.clockWrong).toBe(false)
    ;({ shelf, sent, world } = gateWorld())
  }
})

test('what a fast clock dated ahead waits until the server’s clock is there', async () => {
  const d = await desk()
  await at(world, good.at + 120_000, () => d.redeem(good.pass))
  world.redeem = refuse(409, 'pass_expired')
  world.bundle = async () => JSON.parse(bundleText('next'))
  await expect(at(world, fetched + 180_000, () => d.refresh())).rejects.toMatchObject({ code: 'clock_wrong' })
  expect(await at(world, good.at + 180_000, () => d.upload())).toEqual(none) // the server's clock says good.at
  expect([sent, d.queue.waiting]).toEqual([[], 1])
  expect(await at(world, good.at + 300_000, () => d.upload())).toMatchObject({ accepted: 1 })
})

test('an older bundle is told, the same one is not', async () => {
  const d = await desk()
  for (const [name, code] of [['same', ''], ['older', 'bundle_rollback']]) {
    world.bundle = async () => JSON.parse(bundleText(name))
    expect(await at(world, fetched, () => d.refresh()).then(() => '', (e: Problem) => e.code), name).toBe(code)
  }
  expect(d.clockWrong).toBe(false)
})

test('why a pass was refused is kept here, for the last 200, without the pass', async () => {
  const d = await desk()
  const names = ['EdDSA truncated', 'unknown key', 'EdDSA expired', 'EdDSA']
  for (const name of names) await at(world, passOf(name).at, () => d.check(passOf(name).pass))
  expect(d.log.all.map((r) => r.reason)).toEqual(['expired', 'unknown_key', 'format']) // newest first, none for the last, which is good
  await d.redeem(passOf('unknown benefit').pass)
  expect(d.log.all[0]).toEqual({ at: good.at, reason: 'unknown_benefit', site: 'tieta' })
  for (let n = 0; n < 250; n++) await d.check('XY1:NOT-A-PASS')
  expect([d.log.all.length, d.log.all[199].reason]).toEqual([200, 'format'])
  expect(shelf['gate.log']).not.toMatch(/XY1|王/)
  await expect(at(world, d.until, () => d.check(good.pass))).rejects.toMatchObject({ code: 'bundle_expired' })
  expect(d.log.all[0].reason).toBe('bundle_expired')
  shelf['gate.log'] = '{'
  expect(d.log.all).toEqual([])
})
