// Why passes were refused here, for who looks after the gate. Never the pass, nor whose it is.
import type { Shelf } from './queue'

export interface Refusal { at: number; reason: string; site: string }

/** The oldest go first, so that a device that is never emptied does not fill up. */
const most = 200
const name = 'gate.log'

export class RefusalLog {
  constructor(private shelf: Shelf, private now: () => number) {}

  /** Newest first. */
  get all(): Refusal[] { return this.kept.reverse() }

  add(reason: string, site: string) {
    this.shelf.set(name, JSON.stringify([...this.kept, { at: this.now(), reason, site }].slice(-most)))
  }

  private get kept(): Refusal[] {
    try {
      return JSON.parse(this.shelf.get(name) || '[]')
    } catch {
      return []
    }
  }
}
