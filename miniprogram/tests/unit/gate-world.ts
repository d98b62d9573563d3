// A gate without a device: a shelf, a server and a clock of the test's own.
import fs from 'node:fs'
import { Problem } from '@/api/send'
import { GateDesk, type World } from '@/gate/desk'
import { UseQueue, type Use } from '@/gate/queue'
import { open, signer } from '@/gate/verifier'

export const v = JSON.parse(fs.readFileSync('../api/passverify/testdata/vectors.json', 'utf8'))
export const issued = Date.UTC(2026, 10, 22, 2)
export const bundleText = (name: string) => JSON.stringify(v.bundles[name])
export const passOf = (name: string) => v.passes.find((p: { name: string }) => p.name === name)
export const good = passOf('EdDSA')
/** The bundles of the vectors were issued a minute before the passes. */
export const fetched = good.at - 60_000

export const offline = () => Promise.reject(new Problem(0, 'offline', ''))
export const refuse = (status: number, code: string) => () => Promise.reject(new Problem(status, code, ''))
export const redeemed = { redemptionNo: 'R1', result: 'pass' as const, benefitCode: 'tour-tieta', payPercent: 80, holderMasked: '王*', at: '2026-11-22T10:00:00+08:00' }
export interface Sent { body: string[]; key: string }

export function gateWorld() {
  const shelf: Record<string, string> = {}
  const sent: Sent[] = []
  let keys = 0
  const world: World = {
    now: () => good.at,
    shelf: { get: (n) => shelf[n] ?? '', set: (n, value) => { if (value) shelf[n] = value; else delete shelf[n] } },
    redeem: offline,
    check: offline,
    reverse: offline,
    upload: async (body, key) => {
      sent.push({ body: body.items.map((i) => i.pass), key })
      return { items: body.items.map(() => ({ outcome: 'accepted' as const, differenceFen: 0 })), totals: { accepted: body.items.length, duplicate: 0, rejected: 0, differenceFen: 0 } }
    },
    bundle: async () => JSON.parse(bundleText(good.bundle)),
    open: (text, now) => open(text, now, signer),
    after: () => new Promise(() => undefined),
    newKey: () => `key-${++keys}`,
  }
  return { shelf, sent, world }
}

/** A desk with what its device kept, or else with the bundle as it was fresh. */
export async function deskOf(world: World) {
  const d = new GateDesk(world)
  await d.restore()
  if (!d.until) await at(world, fetched, () => d.refresh())
  return d
}

/** Does something while the gate's clock says so. */
export async function at<T>(world: World, time: number, what: () => Promise<T>): Promise<T> {
  const now = world.now
  world.now = () => time
  try { return await what() } finally { world.now = now }
}

export const use = (n: number, more: Partial<Use> = {}): Use => ({ id: `id-${n}`, pass: `pass-${n}`, acceptedAt: '2026-11-22T10:00:00+08:00', site: 'tieta', ...more })
export const queueOf = (world: World) => new UseQueue(world.shelf, world, () => 'device-1', world.newKey, () => world.now())
