// How numbers, days and instants are shown. Days and times are those of Asia/Shanghai, whatever the device says.
const shanghai = 8 * 3600_000

export function money(fen: number): string {
  const yuan = Math.trunc(Math.abs(fen) / 100), rest = Math.abs(fen) % 100
  return `${fen < 0 ? '-' : ''}¥${yuan}${rest ? '.' + String(rest).padStart(2, '0') : ''}`
}

/** A number of points with its sign, a real minus: +20, −5, 0. */
export const signed = (n: number) => (n > 0 ? `+${n}` : n < 0 ? `−${-n}` : '0')

const two = (n: number) => String(n).padStart(2, '0')

function parts(instant: string) {
  const d = new Date(Date.parse(instant) + shanghai)
  return { day: `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`, time: `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}` }
}

export const clockTime = (instant: string) => parts(instant).time
export const dayTime = (instant: string) => `${parts(instant).day} ${parts(instant).time}`
export const dayOf = (instant: string) => (instant.length === 10 ? instant : parts(instant).day)

/** Seconds a pass is still fresh. A device whose clock is wrong counts from when it got the pass. */
export function lifetime(expiresAt: string, now: number): number {
  const ms = Date.parse(expiresAt) - now
  return ms > 5_000 && ms <= 60_000 ? Math.floor(ms / 1000) : 60
}

/** Minutes and seconds left: 9:05. */
export const countdown = (seconds: number) => `${Math.floor(seconds / 60)}:${two(seconds % 60)}`

export interface Span { start: number; length: number }
export interface Piece { text: string; hit: boolean }

/** Cuts a text into hit and other pieces; spans count characters, not UTF-16 units. */
export function pieces(text: string, spans: Span[]): Piece[] {
  const chars = Array.from(text)
  const hit = chars.map(() => false)
  for (const s of spans) for (let i = Math.max(0, s.start); i < s.start + s.length && i < chars.length; i++) hit[i] = true
  const out: Piece[] = []
  chars.forEach((c, i) => {
    const last = out[out.length - 1]
    if (last && last.hit === hit[i]) last.text += c
    else out.push({ text: c, hit: hit[i] })
  })
  return out
}
