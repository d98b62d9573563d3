import { beforeEach, expect, test, vi } from 'vitest'

vi.mock('@/api/send', async (real) => ({ ...(await real<typeof import('@/api/send')>()), isWeapp: true }))

const kept = new Map<string, unknown>()
let asked: string[] = []
let headers: Record<string, string>[] = []
type Reply = { status: number; data?: unknown }
/** What a test lets the server say instead: the first for each path, then the next; status 0 is no network. */
let says: Record<string, (Reply | Promise<Reply>)[]> = {}
const answers: Record<string, unknown> = {
  '/v1/auth/wechat': { accessToken: 'a', refreshToken: 'r', user: { id: '1', roles: ['citizen'], verified: false } },
  '/v1/auth/refresh': { accessToken: 'b', refreshToken: 's', user: { id: '1', roles: ['citizen'], verified: true } },
  '/v1/me': { id: '1', verified: true, roles: ['citizen'], name: '王小明' },
  '/v1/me/identity': { id: '1', verified: true, roles: ['citizen'], name: '王小明' },
  '/v1/auth/logout': '',
  '/v1/auth/staff': { accessToken: 'g', refreshToken: 'h', user: { id: '2', roles: ['gate'], verified: false } },
}
const open = async () => { vi.resetModules(); return import('@/stores/session') }

beforeEach(() => {
  kept.clear(); sessionStorage.clear(); asked = []; headers = []; says = {}
  vi.stubGlobal('uni', {
    login: (o: { success: (r: object) => void }) => o.success({ code: 'c' }),
    getStorageSync: (k: string) => kept.get(k) ?? '', setStorageSync: (k: string, v: unknown) => kept.set(k, v), removeStorageSync: (k: string) => kept.delete(k),
    request: async (o: { url: string; header: Record<string, string>; success: (r: object) => void; fail: () => void }) => {
      const path = o.url.replace(/^https?:\/\/[^/]+/, '')
      asked.push(path); headers.push(o.header)
      const { status, data } = (await says[path]?.shift()) ?? { status: 200, data: answers[path] }
      if (status) o.success({ statusCode: status, data, header: {} })
      else o.fail()
    },
  })
})

test('inside WeChat a citizen is signed in without asking, and not again after signing out', async () => {
  const first = await open()
  await first.restoreSession()
  expect(asked).toEqual(['/v1/auth/wechat', '/v1/me'])
  expect(first.isRole('citizen')).toBe(true)
  await first.leave()
  const second = await open()
  await second.restoreSession()
  expect([second.session.ready, second.session.roles]).toEqual([true, []])
  await second.signInSilently()
  expect(kept.has('signedout')).toBe(false)
})

test('who has bound the real name is known as such at once, and holds a new token', async () => {
  const s = await open()
  await s.restoreSession()
  expect(s.session.verified).toBe(false)
  await s.bindName({ name: '王小明', idNo: '410203190001019990' }, 'k')
  expect([s.session.verified, s.session.me?.name]).toEqual([true, '王小明'])
  expect(asked.slice(-2)).toEqual(['/v1/me/identity', '/v1/auth/refresh'])
})

test('who leaves is signed out here at once, and the server hears it with the token, renewed when it is over', async () => {
  const s = await open()
  await s.restoreSession()
  says['/v1/auth/logout'] = [{ status: 401, data: { code: 'token_expired' } }]
  const left = s.leave()
  expect([s.session.roles, sessionStorage.getItem('signin')]).toEqual([[], null])
  await left
  expect(asked.slice(2)).toEqual(['/v1/auth/logout', '/v1/auth/refresh', '/v1/auth/logout'])
  expect(headers.slice(2).map((h) => h.Authorization)).toEqual(['Bearer a', undefined, 'Bearer b'])
  expect([s.session.roles, sessionStorage.getItem('signin')]).toEqual([[], null])
})

const pass = { pass: 'XY1:', qr: 'data:', expiresAt: '2026-11-23T08:01:00+08:00', offlineUntil: '2026-11-23T08:10:00+08:00' }
const now = Date.parse('2026-11-23T08:00:00+08:00')
/** Signed in, with a pass and a bundle in hand, and a token that is over. */
async function holding() {
  const s = await open()
  await s.restoreSession()
  const { clockOf } = await import('@/stores/pass')
  clockOf('A', now).take(pass, now)
  kept.set('gate.bundle', '{}')
  says['/v1/me'] = [{ status: 401 }, { status: 401 }, { status: 401 }]
  asked = []
  const { getMe } = await import('@/api/client')
  return { ...s, getMe, kept: () => [clockOf('A', now).state(now), kept.has('gate.bundle'), sessionStorage.getItem('signin')] }
}
const over = { status: 401, data: { code: 'invalid_credentials' } }

test.each([0, 503, 429])('a renewal without an answer (%i) ends nothing, and is what the caller hears of', async (status) => {
  const s = await holding()
  says['/v1/auth/refresh'] = [{ status }, { status }, { status }]
  const { setPause } = await import('@/api/send')
  setPause(async () => undefined)
  expect(await s.getMe().catch((e) => e.status)).toBe(status)
  expect([s.isRole('citizen'), ...s.kept()]).toEqual([true, 'fresh', true, 'r'])
})

test('a sign-in that is over leaves the pass and the bundle in hand, and the same user finds them', async () => {
  const s = await holding()
  kept.set('signedout', '1')
  says['/v1/auth/refresh'] = [over]
  expect(await s.getMe().catch((e) => e.status)).toBe(401)
  expect([s.session.roles, ...s.kept()]).toEqual([[], 'fresh', true, null])
  says = {}
  await s.signInCitizen('c')
  expect(s.kept()).toEqual(['fresh', true, 'r'])
})

test('signing in asks first: refused, all stays; as another, neither pass nor bundle is found', async () => {
  const s = await holding()
  says['/v1/auth/staff'] = [over]
  await expect(s.signInWorker('gate', 'wrong')).rejects.toMatchObject({ status: 401 })
  expect([s.isRole('citizen'), ...s.kept()]).toEqual([true, 'fresh', true, 'r'])
  await s.signInWorker('gate', 'right')
  expect([s.session.roles, s.session.me, ...s.kept()]).toEqual([['gate'], null, 'none', false, 'h'])
})

test('leaving takes pass and bundle along', async () => {
  const s = await holding()
  await s.leave()
  expect(s.kept()).toEqual(['none', false, null])
})

test('in WeChat a citizen whose sign-in is over is known again; a worker is not made a citizen', async () => {
  const s = await holding()
  says['/v1/auth/refresh'] = [over]
  says['/v1/me'].length = 1
  expect(await s.getMe()).toMatchObject({ id: '1' })
  expect(asked).toEqual(['/v1/me', '/v1/auth/refresh', '/v1/auth/wechat', '/v1/me'])
  await s.signInWorker('gate', 'right')
  asked = []
  says['/v1/auth/refresh'] = [over]
  says['/v1/me'] = [{ status: 401 }]
  expect(await s.getMe().catch((e) => e.status)).toBe(401)
  expect([asked, s.session.roles]).toEqual([['/v1/me', '/v1/auth/refresh'], []])
})

/** An answer of the server that comes when the test lets it. */
function later(): [Promise<Reply>, (r: Reply) => void] {
  let come: (r: Reply) => void = () => undefined
  return [new Promise((r) => { come = r }), come]
}

test('a renewal, good or refused, that is answered after its sign-in has ended changes nothing', async () => {
  for (const answer of [{ status: 200, data: answers['/v1/auth/refresh'] }, over]) {
    const s = await holding()
    const [slow, come] = later()
    says['/v1/auth/refresh'] = [slow]
    const asking = s.getMe().catch((e) => e.status)
    await vi.waitFor(() => expect(asked).toContain('/v1/auth/refresh'))
    await s.leave()
    says = {}
    await s.signInWorker('gate', 'right')
    come(answer)
    expect(await asking).toBe(401)
    expect([s.session.roles, sessionStorage.getItem('signin')]).toEqual([['gate'], 'h'])
    sessionStorage.clear(); kept.clear()
  }
})

test('whose file it is follows who is signed in now', async () => {
  const s = await open()
  const [slow, come] = later()
  says['/v1/me'] = [slow]
  const signing = s.signInCitizen('c')
  await vi.waitFor(() => expect(asked).toContain('/v1/me'))
  await s.signInWorker('gate', 'right')
  come({ status: 200, data: answers['/v1/me'] })
  await signing
  expect(s.session.me).toBe(null)
})

test('a silent sign-in does not come over one made by hand', async () => {
  const s = await open()
  const [slow, come] = later()
  says['/v1/auth/wechat'] = [slow]
  const silent = s.restoreSession()
  await vi.waitFor(() => expect(asked).toContain('/v1/auth/wechat'))
  await s.signInWorker('gate', 'right')
  come({ status: 200, data: answers['/v1/auth/wechat'] })
  await silent
  expect([s.session.roles, kept.has('signedout')]).toEqual([['gate'], true])
})
