// The gate's desk: asks the server, and judges by itself when no answer comes in time.
import type { GateBundle, GateCheck, Redemption } from '@/api/client'
import { Problem } from '@/api/send'
import type { Bundle, Rule } from '../../../api/passverify/passverify.mjs'
import { decided, UseQueue, type Server, type Shelf, type Tally } from './queue'

/** What the gate shows. It never says why. */
export interface Answer {
  result: 'pass' | 'standard' | 'retry'
  payPercent: number
  payFen?: number
  /** Who come with the holder; payFen is for all of them. */
  companions?: number
  benefitCode: string
  holderMasked: string
  /** Of the redemption; '' when nothing was redeemed on the server. */
  no: string
  /** Of the use in the queue, when it was accepted here. */
  waiting?: string
}

export interface World extends Server {
  now(): number
  shelf: Shelf
  redeem(pass: string, key: string): Promise<Redemption>
  check(pass: string): Promise<GateCheck>
  bundle(): Promise<GateBundle>
  /** Loads the verifier when it is first needed. */
  open(text: string, now: number | null): Promise<Bundle>
  after(ms: number): Promise<void>
  newKey(): string
}

/** How long a queue waits for the network: with the judging here it stays below two seconds. */
const patience = 1_500
/** Accepted passes are remembered far longer than they can be shown: without a network that is ten minutes. */
const remembered = 3_600_000

const refusal = (result: 'standard' | 'retry', holderMasked = ''): Answer => ({ result, payPercent: 100, benefitCode: '', holderMasked, no: '' })

export class GateDesk {
  readonly queue: UseQueue
  private held: Bundle | null = null
  private key = ''
  private keyOf = ''

  constructor(private world: World) {
    this.queue = new UseQueue(world.shelf, world, deviceOf(world), world.newKey)
  }

  get sites() { return this.held?.sites ?? [] }
  /** Until when passes can be judged here, 0 when they cannot. */
  get until() { return this.held ? this.held.expiresAt * 1000 : 0 }

  rule(code: string): Rule | undefined { return this.held?.rules.find((r) => r.benefitCode === code) }

  /** Takes up what the device kept. */
  async restore() {
    const text = this.world.shelf.get('gate.bundle')
    if (!text || this.held) return
    try {
      this.held = await this.world.open(text, null)
    } catch {
      this.world.shelf.set('gate.bundle', '')
    }
  }

  /** Fetches the bundle of now. One that is not to be used leaves the one in hand. */
  async refresh() {
    const text = JSON.stringify(await this.world.bundle())
    // The first bundle of a sign-in is trusted for its connection; leaving has dropped the one before.
    const first = !this.held || !this.world.shelf.get('gate.bundle')
    try {
      this.held = !first && this.held ? await this.held.update(text, this.world.now()) : await this.world.open(text, this.world.now())
    } catch (e) {
      const code = e instanceof Error ? e.message : ''
      if (code === 'bundle_rollback') return // the same as in hand
      throw new Problem(-1, code, '')
    }
    this.world.shelf.set('gate.bundle', text)
  }

  async upload(): Promise<Tally | null> {
    return this.queue.waiting && this.sites.length ? this.queue.upload(this.sites) : null
  }

  /** Looks at a pass without using it. */
  async check(pass: string): Promise<Answer> {
    const asked = this.world.check(pass)
    const got = await this.inTime(asked)
    if (got) return { ...got, no: '' }
    return (await this.judge(pass)).answer
  }

  /** Uses a pass once: on the server, or in the queue when the server does not answer in time. */
  async redeem(pass: string): Promise<Answer> {
    if (this.keyOf !== pass) { this.keyOf = pass; this.key = this.world.newKey() }
    const key = this.key
    const asked = this.world.redeem(pass, key)
    let got: Redemption | null
    try {
      got = await this.inTime(asked)
    } catch (e) {
      this.keyOf = ''
      return refusalOf(e)
    }
    if (got) {
      this.keyOf = '' // shown once more, the pass is a new attempt, and the server says so
      void this.remember(pass)
      return { ...got, no: got.redemptionNo }
    }
    const { id, site, answer } = await this.judge(pass)
    this.keyOf = ''
    if (answer.result !== 'pass') return answer
    this.queue.add({ id, pass, acceptedAt: new Date(this.world.now()).toISOString(), site, key })
    this.mark(id)
    return { ...answer, waiting: id }
  }

  /** The answer when it comes in time, null when the network fails or takes too long. */
  private async inTime<T>(asked: Promise<T>): Promise<T | null> {
    try {
      return await Promise.race([asked, this.world.after(patience).then(() => null)])
    } catch (e) {
      if (decided(e) || (e instanceof Problem && (e.status === 401 || e.status === 403))) throw e
      return null
    }
  }

  /** Judges with the bundle in hand; id and site are set for a good pass. */
  private async judge(pass: string): Promise<{ id: string; site: string; answer: Answer }> {
    const now = this.world.now()
    if (!this.held) throw new Problem(0, 'offline', '')
    if (now >= this.until) throw new Problem(-1, 'bundle_expired', '')
    let answer = refusal('standard')
    for (const site of this.held.sites) {
      const v = await this.held.verify(pass, site, now)
      if (v.result === 'pass') {
        return this.seen().some(([id]) => id === v.id) ? { id: '', site: '', answer: refusal('retry') } : { id: v.id, site, answer: { ...v, no: '' } }
      }
      answer = refusal(v.result, v.holderMasked)
    }
    return { id: '', site: '', answer }
  }

  /** A pass redeemed on the server is not accepted here afterwards. */
  private async remember(pass: string) {
    try {
      const { id } = await this.judge(pass)
      if (id) this.mark(id)
    } catch { /* nothing to judge it with: then nothing is accepted here either */ }
  }

  private seen(): [id: string, at: number][] { return JSON.parse(this.world.shelf.get('gate.seen') || '[]') }

  private mark(id: string) {
    const now = this.world.now()
    const kept = this.seen().filter(([, at]) => now - at < remembered)
    this.world.shelf.set('gate.seen', JSON.stringify([...kept, [id, now]]))
  }
}

/** A pass that is refused is an answer of the gate; anything else is trouble. */
function refusalOf(e: unknown): Answer {
  if (e instanceof Problem && ['pass_invalid', 'pass_expired', 'pass_already_used'].includes(e.code)) return refusal('retry')
  if (e instanceof Problem && e.code === 'pass_wrong_site') return refusal('standard')
  throw e
}

function deviceOf(world: World): string {
  const kept = world.shelf.get('gate.device')
  if (/^[A-Za-z0-9._-]{1,64}$/.test(kept)) return kept
  const made = world.newKey()
  world.shelf.set('gate.device', made)
  return made
}
