// The life of the pass on screen: fresh, then offline until offlineUntil, then over.
import type { Pass } from '@/api/client'
import { lifetime } from '@/format'

const early = 5 // seconds before its end a pass is changed
const retryAfter = 5_000

export class PassClock {
  pass: Pass | null = null
  private freshUntil = 0
  private overAt = 0
  private lastTry = 0

  take(pass: Pass, now: number) {
    const seconds = lifetime(pass.expiresAt, now)
    this.pass = pass
    this.freshUntil = now + seconds * 1000
    // Counted from expiresAt, so that a wrong device clock does not move it.
    this.overAt = this.freshUntil + Math.max(0, Date.parse(pass.offlineUntil) - Date.parse(pass.expiresAt))
  }

  drop() { this.pass = null }

  tried(now: number) { this.lastTry = now }

  secondsLeft(now: number) { return Math.max(0, Math.ceil((this.freshUntil - now) / 1000)) }

  /** Seconds the pass may still be shown, without network too. */
  showable(now: number) { return Math.max(0, Math.ceil((this.overAt - now) / 1000)) }

  state(now: number): 'none' | 'fresh' | 'offline' | 'over' {
    if (!this.pass) return 'none'
    if (now < this.freshUntil) return 'fresh'
    return now < this.overAt ? 'offline' : 'over'
  }

  /** Whether the pass should be changed now; after a failure not again at once. */
  due(now: number) {
    return this.pass !== null && this.secondsLeft(now) <= early && now - this.lastTry >= retryAfter
  }
}

const kept = new Map<string, PassClock>()

/** The clock of a benefit's pass. It outlives its screen, in memory only: who comes back without network still has the pass. */
export function clockOf(benefitCode: string): PassClock {
  let clock = kept.get(benefitCode)
  if (!clock) kept.set(benefitCode, (clock = new PassClock()))
  return clock
}

/** Whoever signs in next must not find it. */
export const forgetPasses = () => kept.clear()
