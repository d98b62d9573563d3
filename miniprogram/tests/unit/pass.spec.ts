import { expect, test, vi } from 'vitest'
import { Problem } from '@/api/send'
import { clockOf, endsPass, forgetPasses, PassClock, showablePasses } from '@/stores/pass'

const start = Date.parse('2026-11-23T08:00:00+08:00')
const pass = { pass: 'XY1:', qr: 'data:', expiresAt: '2026-11-23T08:01:00+08:00', offlineUntil: '2026-11-23T08:10:00+08:00' }
const s = 1000

test('fresh, then offline, then over', () => {
  const c = new PassClock()
  expect(c.state(start)).toBe('none')
  c.take(pass, start)
  expect([0, 59, 60, 599, 600].map((n) => c.state(start + n * s))).toEqual(['fresh', 'fresh', 'offline', 'offline', 'over'])
  c.drop()
  expect(c.state(start)).toBe('none')
})

test('a wrong device clock does not stretch the ten minutes', () => {
  const c = new PassClock(), wrong = start + 3600 * s
  c.take(pass, wrong)
  expect(c.secondsLeft(wrong)).toBe(60)
  expect(c.state(wrong + 599 * s)).toBe('offline')
  expect(c.state(wrong + 600 * s)).toBe('over')
})

test('changed shortly before its end; after a failure not at once again', () => {
  const c = new PassClock()
  expect(c.due(start)).toBe(false)
  c.take(pass, start)
  c.tried(start)
  expect(c.due(start + 54 * s)).toBe(false)
  expect(c.due(start + 55 * s)).toBe(true)
  c.tried(start + 55 * s)
  expect(c.due(start + 57 * s)).toBe(false)
  expect(c.due(start + 60 * s)).toBe(true)
})

test('it says how long it may still be shown', () => {
  const c = new PassClock()
  c.take(pass, start)
  expect([0, 60, 599, 700].map((n) => c.showable(start + n * s))).toEqual([600, 540, 1, 0])
})

test('a pass outlives its screen, not its sign-in', () => {
  clockOf('A').take(pass, start)
  expect([clockOf('A').state(start), clockOf('B').state(start)]).toEqual(['fresh', 'none'])
  forgetPasses()
  expect(clockOf('A').state(start)).toBe('none')
})

test('an answer that comes after its holder has left is kept nowhere', async () => {
  const clock = clockOf('A')
  forgetPasses()
  clock.take(pass, start)
  expect([clock.state(start), clockOf('A').state(start), sessionStorage.length]).toEqual(['none', 'none', 0])
})

/** The module as after a reload: its memory is gone, the tab's storage is not. */
async function reloaded() {
  vi.resetModules()
  return import('@/stores/pass')
}

test('a pass outlives a reload until its ten minutes are over', async () => {
  forgetPasses()
  clockOf('A', start).take(pass, start)
  const after = await reloaded()
  expect(after.showablePasses(start + 300 * s)).toEqual([{ code: 'A', left: 300 }])
  expect(after.clockOf('A').pass).toEqual(pass)
  expect((await reloaded()).clockOf('A', start + 600 * s).pass).toBe(null)
  expect(sessionStorage.length).toBe(0)
})

test('a device clock that was moved, or what is no pass, brings nothing back', async () => {
  forgetPasses()
  clockOf('A', start).take(pass, start)
  sessionStorage.setItem('pass.B', 'not JSON')
  const after = await reloaded()
  expect([after.clockOf('A', start - 3600 * s).pass, after.clockOf('B', start).pass]).toEqual([null, null])
  expect(sessionStorage.length).toBe(0)
})

test('nobody finds the passes of another', async () => {
  clockOf('A', start).take(pass, start)
  const after = await reloaded()
  after.forgetPasses()
  expect([sessionStorage.length, after.showablePasses(start)]).toEqual([0, []])
  expect(showablePasses(start + 600 * s)).toEqual([])
})

test.each([
  ['not_eligible', 409, true], ['cap_reached', 409, true], ['budget_exhausted', 409, true], ['identity_not_verified', 403, true], ['not_found', 404, true], ['forbidden', 403, true],
  ['offline', 0, false], ['token_expired', 401, false], ['rate_limited', 429, false], ['request_in_flight', 409, false], ['unavailable', 503, false],
])('after %s (%i) the pass in hand is over: %s', (code, status, ends) => expect(endsPass(new Problem(status, code, ''))).toBe(ends))
