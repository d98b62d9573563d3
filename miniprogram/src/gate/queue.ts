// Passes accepted without a network, until the server has answered for each. What is in the
// queue is on the device before the gate opens, and leaves it only with the server's answer.
import type { OfflineUses, UploadedUses } from '@/api/client'
import { Problem } from '@/api/send'

export interface Use {
  id: string // of the pass
  pass: string
  acceptedAt: string
  site: string
  /** Of an online attempt whose answer did not come: it may have been counted. */
  key?: string
  /** Of the batch it was sent in: the same batch is sent again under the same key. */
  batch?: string
  /** Taken back at the gate; kept until it is known that the online attempt was not counted. */
  cancelled?: boolean
  /** The server will not take it, whatever is tried; a person has to look. */
  refused?: string
}

export interface Shelf {
  get(name: string): string
  set(name: string, value: string): void
}

export interface Server {
  redeem(pass: string, key: string): Promise<{ redemptionNo: string }>
  reverse(no: string): Promise<unknown>
  upload(body: OfflineUses, key: string): Promise<UploadedUses>
}

export interface Tally { accepted: number; duplicate: number; rejected: number }

const most = 100
const name = 'gate.queue'

/** What the server decided; anything else may be tried again. */
export const decided = (e: unknown): e is Problem =>
  e instanceof Problem && e.status >= 400 && e.status < 500 && ![401, 403, 408, 429].includes(e.status) && !(e.status === 409 && e.retryAfter > 0)

export class UseQueue {
  private running: Promise<Tally> | null = null

  constructor(private shelf: Shelf, private server: Server, private device: string, private newKey: () => string) {}

  // Read anew each time: another tab of the browser may have added to it.
  private get uses() { return parse(this.shelf.get(name)) }
  get waiting() { return this.uses.filter((u) => !u.refused).length }
  get refused() { return this.uses.filter((u) => u.refused).length }

  add(use: Use) { this.keep([...this.uses, use]) }
  /** Takes a use out: the server answered for it. */
  drop(id: string) { this.keep(this.uses.filter((u) => u.id !== id)) }

  /** Takes back what was accepted at the gate; false when it is handed in already. */
  cancel(id: string): boolean {
    const use = this.uses.find((u) => u.id === id)
    if (!use || use.batch) return false
    if (use.key) this.change([use], { cancelled: true })
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
    for (let size = most; ;) {
      const ours = this.uses.filter((u) => sites.includes(u.site) && !u.refused)
      if (ours.length === 0) return tally
      const lost = ours.find((u) => u.key)
      if (lost) {
        if (await this.ask(lost)) tally.accepted++
        continue
      }
      const batch = ours[0].batch ?? this.newKey()
      const items = (ours[0].batch ? ours.filter((u) => u.batch === batch) : ours.filter((u) => !u.batch)).slice(0, size)
      this.change(items, { batch })
      try {
        const answer = await this.server.upload({ items: items.map(({ pass, acceptedAt }) => ({ pass, acceptedAt, deviceId: this.device })) }, batch)
        answer.items.forEach((a) => tally[a.outcome]++)
        const done = new Set(items.map((u) => u.id))
        this.keep(this.uses.filter((u) => !done.has(u.id)))
      } catch (e) {
        if (!decided(e)) throw e
        // One of them cannot be handed in: find it by sending each on its own.
        this.change(items, items.length === 1 ? { batch: undefined, refused: e.code } : { batch: undefined })
        size = 1
      }
    }
  }

  /** Asks again under the key of the attempt whose answer was lost: it was counted, or it is now,
   *  or the server did not take it and the use goes into a batch. */
  private async ask(use: Use): Promise<boolean> {
    let no = ''
    try {
      no = (await this.server.redeem(use.pass, use.key!)).redemptionNo
      if (use.cancelled) await this.server.reverse(no)
    } catch (e) {
      if (!decided(e)) throw e
      if (no) this.change([use], { refused: e.code }) // counted, and too late to take back
      else if (use.cancelled) this.drop(use.id)
      else this.change([use], { key: undefined })
      return false
    }
    this.drop(use.id)
    return !use.cancelled
  }

  private change(which: Use[], by: Partial<Use>) {
    const ids = new Set(which.map((u) => u.id))
    this.keep(this.uses.map((u) => (ids.has(u.id) ? { ...u, ...by } : u)))
  }

  private keep(uses: Use[]) {
    this.shelf.set(name, uses.length ? JSON.stringify(uses) : '')
  }
}

function parse(text: string): Use[] {
  try {
    return JSON.parse(text || '[]')
  } catch {
    return []
  }
}
