import { beforeEach, expect, test, vi } from 'vitest'

vi.mock('@/api/send', async (real) => ({ ...(await real<typeof import('@/api/send')>()), isWeapp: true }))

const kept = new Map<string, unknown>()
let asked: string[] = []
const answers: Record<string, unknown> = {
  '/v1/auth/wechat': { accessToken: 'a', refreshToken: 'r', user: { roles: ['citizen'], verified: false } },
  '/v1/auth/refresh': { accessToken: 'b', refreshToken: 's', user: { roles: ['citizen'], verified: true } },
  '/v1/me': { id: '1', verified: true, roles: ['citizen'], name: '王小明' },
  '/v1/me/identity': { id: '1', verified: true, roles: ['citizen'], name: '王小明' },
  '/v1/auth/logout': '',
}
const open = async () => { vi.resetModules(); return import('@/stores/session') }

beforeEach(() => {
  kept.clear(); sessionStorage.clear(); asked = []
  vi.stubGlobal('uni', {
    login: (o: { success: (r: object) => void }) => o.success({ code: 'c' }),
    getStorageSync: (k: string) => kept.get(k) ?? '', setStorageSync: (k: string, v: unknown) => kept.set(k, v), removeStorageSync: (k: string) => kept.delete(k),
    request: (o: { url: string; success: (r: object) => void }) => { const path = o.url.replace(/^https?:\/\/[^/]+/, ''); asked.push(path); o.success({ statusCode: 200, data: answers[path], header: {} }) },
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
