// The gate's desk: asks the server, and judges by itself when no answer comes in time.
import type { GateBundle, GateCheck, Redemption } from '@/api/client'
import { Problem } from '@/api/send'
import type { Bundle, BundleError, Rule } from '../../../api/passverify/passverify.mjs'
import { RefusalLog } from './log'
import { decided, UseQueue, type Server, type Shelf, type Tally, type Use } from './queue'

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
/** The server hands one bundle out for five seconds; a gate whose clock is so far ahead of it is wrong. */
const ahead = 15_000
/** What no issuer counts, whatever its clock and its keys: nothing can come of such an attempt. */
const hopeless = ['format', 'algorithm', 'signature', 'claims']

const refusal = (result: 'standard' | 'retry', holderMasked = ''): Answer => ({ result, payPercent: 100, benefitCode: '', holderMasked, no: '' })

/** What the bundle in hand says to a pass; reason is '' and id and site are set when it is good. */
interface Verdict { id: string; site: string; reason: string; answer: Answer }

export class GateDesk {
  readonly queue: UseQueue
  readonly log: RefusalLog
  private held: Bundle | null = null

  constructor(private world: World) {
    this.log = new RefusalLog(world.shelf, () => world.now())
    this.queue = new UseQueue(world.shelf, world, () => deviceOf(world), world.newKey, () => world.now() - Math.max(0, this.clock))
  }

  get sites() { return this.held?.sites ?? [] }
  /** Until when passes can be judged here, 0 when they cannot. */
  get until() { return this.held ? this.held.expiresAt * 1000 : 0 }

  /** Nothing is accepted by a clock that the server found wrong; the next bundle tells whether it is right again. */
  get clockWrong() { return this.clock !== 0 }

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

  /** Fetches the bundle of now, and compares the clocks by it. One that is not to be used leaves the one in hand. */
  async refresh() {
    const asked = this.world.now() // the bundle is made after this, however long it takes
    const text = JSON.stringify(await this.world.bundle())
    // The first bundle of a sign-in is trusted for its connection; leaving has dropped the one before.
    const first = !this.held || !this.world.shelf.get('gate.bundle')
    let fault = ''
    let told: Pick<BundleError, 'number' | 'issuedAt'>
    try {
      told = this.held = !first && this.held ? await this.held.update(text, this.world.now()) : await this.world.open(text, this.world.now())
    } catch (e) {
      told = e as BundleError
      fault = e instanceof Error ? e.message : ''
      // The same as in hand is none; a lower one lacks passes that were used.
      if (fault === 'bundle_rollback' && told.number === this.held?.number) fault = ''
    }
    if (told === this.held) this.world.shelf.set('gate.bundle', text)
    if (fault && fault !== 'bundle_future' && fault !== 'bundle_expired') throw new Problem(-1, fault, '')
    const off = asked - (told.issuedAt ?? 0) * 1000
    this.clock = fault === 'bundle_future' || off > ahead ? off : 0
    if (this.clockWrong) throw new Problem(-1, 'clock_wrong', '')
    if (fault) throw new Problem(-1, fault, '')
  }

  /** How many ms the clock here was ahead of the server's (below 0: behind) when that was too much; over a restart too. */
  private get clock() { return Number(this.world.shelf.get('gate.clock')) || 0 }
  private set clock(off: number) { this.world.shelf.set('gate.clock', off ? String(off) : '') }

  async upload(): Promise<Tally | null> {
    return this.queue.open && this.sites.length ? this.queue.upload(this.sites) : null
  }

  /** Looks at a pass without using it. */
  async check(pass: string): Promise<Answer> {
    const asked = this.world.check(pass)
    const got = await this.inTime(asked)
    if (got) return { ...got, no: '' }
    return (await this.alone(pass)).answer
  }

  /** Uses a pass once: on the server, or in the queue when the server does not answer in time. */
  async redeem(pass: string): Promise<Answer> {
    if (this.queue.has(pass)) { // a second attempt might be counted beside the first
      this.log.add('seen', this.sites[0] ?? '')
      return refusal('retry')
    }
    const key = await this.begin(pass)
    let got: Redemption | null
    try {
      got = await this.inTime(this.world.redeem(pass, key))
    } catch (e) {
      if (decided(e)) this.queue.settle(key, null)
      return refusalOf(e)
    }
    if (got) {
      this.queue.settle(key, null) // shown once more, the pass is a new attempt, and the server says so
      void this.remember(pass)
      return { ...got, no: got.redemptionNo }
    }
    const { id, site, reason, answer } = await this.alone(pass)
    if (reason) { // not let in at the benefit's price: what the server counts late, or has counted, is reversed
      this.queue.settle(key, hopeless.includes(reason) ? null : { ...this.attempt(pass, key), cancelled: true })
      return answer
    }
    this.queue.settle(key, { ...this.attempt(pass, key), id, site })
    this.mark(id)
    return { ...answer, waiting: id }
  }

  /** The key of the attempt, which is on the device before the server hears of it. An attempt that ended without a verdict,
   *  as by a crash, goes on under its key when its pass comes again; when another comes, nobody waits for it any more,
   *  and what it took from the holder is given back first: the other pass may be the same holder's. */
  private async begin(pass: string): Promise<string> {
    if (this.queue.giveUp(pass)) await Promise.race([this.queue.upload(this.sites).catch(() => null), this.world.after(patience)])
    const left = this.queue.keyOf(pass)
    if (left) return left
    const key = this.world.newKey()
    try {
      this.queue.add({ ...this.attempt(pass, key), open: true })
    } catch {
      // A device that is full does not keep anybody out while the server answers.
    }
    return key
  }

  private attempt(pass: string, key: string): Use {
    return { id: key, pass, acceptedAt: this.instant(), site: this.sites[0] ?? '', key }
  }

  private instant() { return new Date(this.world.now()).toISOString() }

  /** The answer when it comes in time, null when the network fails or takes too long. */
  private async inTime<T>(asked: Promise<T>): Promise<T | null> {
    try {
      return await Promise.race([asked, this.world.after(patience).then(() => null)])
    } catch (e) {
      if (decided(e) || (e instanceof Problem && (e.status === 401 || e.status === 403))) throw e
      return null
    }
  }

  /** Judges without the server, and keeps why a pass is refused. */
  private async alone(pass: string): Promise<Verdict> {
    const trouble = this.trouble()
    if (trouble) {
      this.log.add(trouble, this.sites[0] ?? '')
      throw new Problem(trouble === 'offline' ? 0 : -1, trouble, '')
    }
    const verdict = await this.judge(pass)
    if (verdict.reason) this.log.add(verdict.reason, verdict.site)
    return verdict
  }

  /** Why nothing can be judged here; '' when it can. */
  private trouble() {
    if (!this.held) return 'offline'
    if (this.clockWrong) return 'clock_wrong'
    return this.world.now() >= this.until ? 'bundle_expired' : ''
  }

  /** Judges with the bundle in hand. */
  private async judge(pass: string): Promise<Verdict> {
    const now = this.world.now()
    let verdict: Verdict = { id: '', site: '', reason: 'wrong_site', answer: refusal('standard') }
    for (const site of this.sites) {
      const { result, reason, id, holderMasked, ...v } = await this.held!.verify(pass, site, now)
      if (result !== 'pass') verdict = { id: '', site, reason, answer: refusal(result, holderMasked) }
      else if (this.seen().some(([known]) => known === id)) return { id: '', site, reason: 'seen', answer: refusal('retry') }
      else return { id, site, reason, answer: { ...v, result, holderMasked, no: '' } }
    }
    return verdict
  }

  /** A pass redeemed on the server is not accepted here afterwards. */
  private async remember(pass: string) {
    if (!this.held) return // then nothing is accepted here either
    const { id } = await this.judge(pass)
    if (id) this.mark(id)
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

/** Kept from the first use on: only a gate has one. */
function deviceOf(world: World): string {
  const kept = world.shelf.get('gate.device')
  if (/^[A-Za-z0-9._-]{1,64}$/.test(kept)) return kept
  const made = world.newKey()
  world.shelf.set('gate.device', made)
  return made
}
