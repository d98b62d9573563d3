// Passes accepted without a network, until the server has answered for each. What is in the
// queue is on the device before the gate opens, and leaves it only with the server's answer.
import type { OfflineUses, UploadedUse, UploadedUses } from '@/api/client'
import { Problem } from '@/api/send'

/** Why a person has to look at a use. */
export type Held =
  | 'refused' // the server will not take it, whatever is tried
  | 'rejected' // the server took it for no use of one of its passes
  | 'standard' // let in at the benefit's price, counted at the standard price
  | 'late' // taken back at the gate, and yet counted, for all that is known

export interface Use {
  id: string // of the pass; of an attempt that was not accepted here: its key
  pass: string
  acceptedAt: string
  /** '' when it was not known yet. */
  site: string
  /** Of an online attempt whose answer did not come: it may have been counted. */
  key?: string
  /** The attempt is asked for now, or was when the gate broke off: nobody has been told anything. */
  open?: boolean
  /** Asked for again under its key, the attempt had not been counted. */
  asked?: boolean
  /** Of the batch it was sent in: the same batch is sent again under the same key. */
  batch?: string
  /** Taken back at the gate, or never accepted there: if it was counted, it is reversed. */
  cancelled?: boolean
  /** Of the redemption, where the use is kept although it was counted. */
  no?: string
  held?: Held
}

export interface Shelf {
  get(name: string): string
  set(name: string, value: string): void
}

export interface Server {
  redeem(pass: string, key: string): Promise<{ redemptionNo: string; result: 'pass' | 'standard' }>
  reverse(no: string): Promise<unknown>
  upload(body: OfflineUses, key: string): Promise<UploadedUses>
}

export interface Tally { accepted: number; duplicate: number; rejected: number }

const most = 100
const name = 'gate.queue'
/** ms after the acceptance in which the server takes a use. */
const handedIn = 72 * 3_600_000
/** ms until an open attempt is given up: the ten minutes in which its pass can come again, and one for clocks that differ. */
const lapse = 660_000

/** What the server decided; anything else may be tried again, a 403 by another account unless it is about the pass. */
export const decided = (e: unknown): e is Problem =>
  e instanceof Problem && (e.code === 'pass_wrong_site' ||
    (e.status >= 400 && e.status < 500 && ![401, 403, 408, 429].includes(e.status) && !(e.status === 409 && e.retryAfter > 0)))

export class UseQueue {
  private running: Promise<Tally> | null = null

  /** now is the server's, as far as it is known. */
  constructor(private shelf: Shelf, private server: Server, private device: () => string, private newKey: () => string, private now: () => number) {}

  // Read anew each time: another tab of the browser may have added to it.
  private get uses() { return parse(this.shelf.get(name)) }
  /** How many are to be counted. */
  get waiting() { return this.uses.filter(counts).length }
  /** Until when the first of them can be handed in, in ms; 0 without any. */
  get due() {
    const times = this.uses.filter(counts).map((u) => Date.parse(u.acceptedAt))
    return times.length ? Math.min(...times) + handedIn : 0
  }
  /** Whether the server has to be asked about any. */
  get open() { return this.uses.some((u) => !u.held && (!u.open || this.lapsed(u))) }
  /** What a person has to look at. */
  get held() { return this.uses.filter((u) => u.held) }

  /** Whether the pass was accepted here and the server has not answered yet. */
  has(pass: string) { return this.uses.some((u) => u.pass === pass && counts(u)) }
  add(use: Use) { this.keep([...this.uses, use]) }

  /** The key of the attempt without a verdict for this pass; '' when there is none. */
  keyOf(pass: string) { return this.uses.find((u) => u.open && u.pass === pass)?.id ?? '' }

  /** Takes back the attempts for other passes that were left without a verdict; whether there were any. */
  giveUp(pass: string): boolean {
    const left = this.uses.filter((u) => u.open && u.pass !== pass).map((u) => u.id)
    if (left.length) this.change(left, { cancelled: true, open: undefined })
    return left.length > 0
  }

  /** The verdict on the attempt of this key, in one write: what it becomes, or null when it is done with. */
  settle(key: string, use: Use | null) {
    const all = this.uses, rest = all.filter((u) => u.id !== key)
    if (use || rest.length < all.length) this.keep(use ? [...rest, use] : rest)
  }

  /** Takes a use out: the server answered for it, or a person has looked at it. */
  drop(id: string) { this.keep(this.uses.filter((u) => u.id !== id)) }

  /** Takes back what was accepted at the gate, also while it is being handed in; false when it is counted already. */
  cancel(id: string): boolean {
    const use = this.find(id)
    if (use?.cancelled) return true
    if (!use || use.no) return false
    if ((use.key && !use.asked) || use.batch) this.change([id], { cancelled: true })
    else this.drop(id)
    return true
  }

  /** Hands in what was accepted at these sites, oldest first. Who asks meanwhile shares the run. */
  upload(sites: string[]): Promise<Tally> {
    this.running ??= this.run(sites).finally(() => { this.running = null })
    return this.running
  }

  private async run(sites: string[]): Promise<Tally> {
    const tally = { accepted: 0, duplicate: 0, rejected: 0 }
    this.change(this.uses.filter((u) => this.lapsed(u)).map((u) => u.id), { cancelled: true, open: undefined })
    for (let size = most; ;) {
      const ours = this.uses.filter((u) => !u.held && !u.open && (!u.site || sites.includes(u.site)))
      const asking = ours.filter((u) => u.key && !u.asked)
      const counted = ours.find((u) => u.no), unsure = asking.find((u) => u.cancelled) ?? asking[0] // somebody may wait for a taking back
      if (counted) await this.reverse(counted)
      else if (unsure) await this.ask(unsure, tally)
      else {
        const items = batchOf(ours, size, this.now())
        if (items.length === 0) return tally
        if (!(await this.handIn(items, tally))) size = 1 // one of them cannot be handed in: each on its own finds it
      }
    }
  }

  // From here on a use may be cancelled at any await: what the shelf says after it counts, not what was read before.

  /** Asks again under the key of the attempt whose answer was lost: it was counted, or it is now,
   *  or the server did not take it and the use goes into a batch. */
  private async ask({ id, pass, key }: Use, tally: Tally) {
    let got
    try {
      got = await this.server.redeem(pass, key!)
    } catch (e) {
      if (!decided(e)) throw e
      if (this.find(id)?.cancelled) this.drop(id)
      else this.change([id], { asked: true })
      return
    }
    // Online the server takes it that the standard price was paid, and keeps no difference.
    this.counted(id, got.redemptionNo, tally, got.result === 'standard' ? 'standard' : undefined)
  }

  /** Whether the batch was answered. */
  private async handIn(items: Use[], tally: Tally): Promise<boolean> {
    const ids = items.map((u) => u.id), batch = items[0].batch ?? this.newKey()
    this.change(ids, { batch })
    let answers: UploadedUse[]
    try {
      answers = (await this.server.upload({ items: items.map((u) => this.itemOf(u)) }, batch)).items
    } catch (e) {
      if (!decided(e)) throw e
      // An earlier try of the batch may have been counted before its answer was lost.
      const cancelled = ids.filter((id) => this.find(id)?.cancelled)
      this.change(cancelled, { held: 'late' })
      this.change(ids.filter((id) => !cancelled.includes(id)), ids.length === 1 ? { batch: undefined, held: 'refused' } : { batch: undefined })
      return false
    }
    ids.forEach((id, i) => this.answered(id, answers[i], tally))
    return true
  }

  /** As the contract has it. key is that of the online attempt: what was counted then answers with its number. */
  private itemOf({ pass, acceptedAt, key }: Use): OfflineUses['items'][number] {
    return { pass, acceptedAt, deviceId: this.device(), ...(key && { attemptKey: key }) }
  }

  private answered(id: string, { outcome, redemptionNo }: UploadedUse, tally: Tally) {
    if (outcome === 'accepted') return this.counted(id, redemptionNo ?? '', tally)
    const cancelled = this.find(id)?.cancelled
    if (!cancelled) tally[outcome]++
    if (outcome === 'rejected' && !cancelled) this.change([id], { batch: undefined, held: 'rejected' })
    else if (outcome === 'duplicate' && cancelled) this.change([id], { held: 'late' }) // kept and priced; there is nothing to reverse
    else this.drop(id)
  }

  /** The server has counted it; look says what a person must look at. */
  private counted(id: string, no: string, tally: Tally, look?: Held) {
    if (this.find(id)?.cancelled) return this.change([id], { key: undefined, batch: undefined, no, held: no ? undefined : 'late' }) // to be reversed
    tally.accepted++
    if (look) this.change([id], { key: undefined, no, held: look })
    else this.drop(id)
  }

  private async reverse({ id, no }: Use) {
    try {
      await this.server.reverse(no!)
    } catch (e) {
      if (!decided(e)) throw e
      if (!reversedBefore(e)) return this.change([id], { held: 'late' })
    }
    this.drop(id)
  }

  private lapsed({ open, acceptedAt }: Use) { return !!open && Date.parse(acceptedAt) + lapse <= this.now() }

  private find(id: string) { return this.uses.find((u) => u.id === id) }

  private change(ids: string[], by: Partial<Use>) {
    if (ids.length) this.keep(this.uses.map((u) => (ids.includes(u.id) ? { ...u, ...by } : u)))
  }

  private keep(uses: Use[]) {
    this.shelf.set(name, uses.length ? JSON.stringify(uses) : '')
  }
}

/** Whether the use was accepted at the gate and is still to be counted. */
const counts = (u: Use) => !u.held && !u.cancelled && !u.open

/** The next to be handed in together. */
function batchOf(ours: Use[], size: number, now: number): Use[] {
  const sent = ours.find((u) => u.batch)
  if (sent) return ours.filter((u) => u.batch === sent.batch) // also who was cancelled since: the key stands for all of them
  // What a fast clock dated ahead waits until then: the server takes nothing that has not happened yet.
  return ours.filter((u) => !u.cancelled && Date.parse(u.acceptedAt) <= now).slice(0, size)
}

/** Somebody took the redemption back in the list of the day, perhaps for another reason. */
const reversedBefore = (e: Problem) => e.code === 'idempotency_key_reused' || e.faults.some((f) => f.code === 'already_reversed')

/** Before 'held' the shelf kept a code under 'refused'. */
type Stored = Use & { refused?: string }

function parse(text: string): Use[] {
  try {
    return (JSON.parse(text || '[]') as Stored[]).map(({ refused, ...use }) => (refused ? { ...use, held: 'refused' } : use))
  } catch {
    return []
  }
}
