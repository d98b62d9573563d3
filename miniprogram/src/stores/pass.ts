// The life of the pass on screen: fresh, then offline until offlineUntil, then over.
import type { Pass } from '@/api/client'
import type { Problem } from '@/api/send'
import { lifetime } from '@/format'

const early = 5 // seconds before its end a pass is changed
const retryAfter = 5_000

const longest = 600_000 // ms a pass can be shown, the minute it is fresh among them

interface Kept { pass: Pass; freshUntil: number; overAt: number }

export class PassClock {
  pass: Pass | null = null
  private freshUntil = 0
  private overAt = 0
  private lastTry = 0
  private ended = false

  constructor(private keep: (kept: Kept | null) => void = () => undefined) {}

  take(pass: Pass, now: number) {
    if (this.ended) return
    const seconds = lifetime(pass.expiresAt, now)
    this.pass = pass
    this.freshUntil = now + seconds * 1000
    // Counted from expiresAt, so that a wrong device clock does not move it.
    this.overAt = this.freshUntil + Math.max(0, Date.parse(pass.offlineUntil) - Date.parse(pass.expiresAt))
    this.keep({ pass, freshUntil: this.freshUntil, overAt: this.overAt })
  }

  /** Takes up what was kept over a reload, unless its time is over or the device's clock was moved. */
  resume(text: string, now: number) {
    const kept = parse(text)
    if (!kept || now >= kept.overAt || kept.overAt - now > longest) return this.drop()
    this.pass = kept.pass
    this.freshUntil = kept.freshUntil
    this.overAt = kept.overAt
  }

  drop() {
    this.pass = null
    this.keep(null)
  }

  /** For good: an answer that is still on its way is of somebody who has left. */
  end() {
    this.drop()
    this.ended = true
  }

  tried(now: number) { this.lastTry = now }

  secondsLeft(now: number) { return Math.max(0, Math.ceil((this.freshUntil - now) / 1000)) }

  /** Seconds the pass may still be shown, without network too. */
  showable(now: number) { return this.pass ? Math.max(0, Math.ceil((this.overAt - now) / 1000)) : 0 }

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

/** Codes that say that no pass is due now: the one in hand is not to be shown either. Whatever else goes wrong leaves it. */
const notDue = ['not_eligible', 'cap_reached', 'budget_exhausted', 'identity_not_verified', 'not_found', 'forbidden']
export const endsPass = (p: Problem) => p.status > 0 && notDue.includes(p.code)

function parse(text: string): Kept | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const clocks = new Map<string, PassClock>()
const mark = 'pass.'
// In a browser a reload forgets the memory; what is kept ends with the tab. In WeChat the memory stays.
const shelf = process.env.UNI_PLATFORM === 'h5' ? sessionStorage : null

/** The clock of a benefit's pass. It outlives its screen and a reload: who comes back without network still has the pass. */
export function clockOf(benefitCode: string, now = Date.now()): PassClock {
  const known = clocks.get(benefitCode)
  if (known) return known
  const clock = new PassClock((kept) => (kept ? shelf?.setItem(mark + benefitCode, JSON.stringify(kept)) : shelf?.removeItem(mark + benefitCode)))
  clocks.set(benefitCode, clock)
  const kept = shelf?.getItem(mark + benefitCode)
  if (kept) clock.resume(kept, now)
  return clock
}

/** The benefits whose pass may be shown now, with the seconds that are left. */
export function showablePasses(now = Date.now()): { code: string; left: number }[] {
  const codes = new Set([...clocks.keys(), ...keptNames().map((name) => name.slice(mark.length))])
  return [...codes].map((code) => ({ code, left: clockOf(code, now).showable(now) })).filter(({ left }) => left > 0)
}

const keptNames = () => Object.keys(shelf ?? {}).filter((name) => name.startsWith(mark))

/** Whoever signs in next must not find it. */
export function forgetPasses() {
  clocks.forEach((clock) => clock.end())
  keptNames().forEach((name) => shelf?.removeItem(name))
  clocks.clear()
}
