import { beforeEach, expect, test, vi } from 'vitest'
import { address, carry, Problem, send, setPause } from '@/api/send'

type Options = { url: string; method: string; header: Record<string, string>; success: (r: unknown) => void; fail: () => void }
let seen: Options[] = []
const answers = (...list: (number | [number, unknown, Record<string, string>?])[]) => {
  seen = []
  vi.stubGlobal('uni', { request(o: Options) {
    const a = list[Math.min(seen.length, list.length - 1)]
    seen.push(o)
    const [statusCode, data, header] = Array.isArray(a) ? a : [a, {}]
    queueMicrotask(() => (statusCode === 0 ? o.fail() : o.success({ statusCode, data, header: header ?? {} })))
  } })
}
const refused = (p: Promise<unknown>) => p.then(() => { throw new Error('was not refused') }, (e: Problem) => e)

beforeEach(() => { setPause(async () => undefined); carry({ token: () => '', renew: async () => false }) })

test('addresses are filled and escaped', () => {
  expect(address('/v1/enterprises/{uscc}', { path: { uscc: 'a/b' }, query: { q: '润达', cursor: undefined, limit: 5 } })).toBe('/v1/enterprises/a%2Fb?q=%E6%B6%A6%E8%BE%BE&limit=5')
})

test('a change is repeated with its key, and only with one', async () => {
  answers(0, 503, [201, { pass: 'p' }])
  expect(await send('POST', '/v1/me/passes', { body: {}, idempotencyKey: 'k1' })).toEqual({ pass: 'p' })
  expect(seen.map((o) => o.header['Idempotency-Key'])).toEqual(['k1', 'k1', 'k1'])
  answers(503)
  expect((await refused(send('POST', '/v1/gate/checks', { body: {} }))).status).toBe(503)
  expect(seen).toHaveLength(1)
})

test('a reading gives up after three attempts and says it was the network', async () => {
  answers(0)
  expect(await refused(send('GET', '/v1/me'))).toMatchObject({ status: 0, code: 'offline' })
  expect(seen).toHaveLength(3)
})

test('a refusal is not repeated and keeps the sentence of the server', async () => {
  answers([404, { code: 'not_found', detail: '没有这家企业。', requestId: 'r1' }])
  expect(await refused(send('GET', '/v1/x'))).toMatchObject({ status: 404, code: 'not_found', message: '没有这家企业。', requestId: 'r1' })
  expect(seen).toHaveLength(1)
})

test('an expired token is renewed once', async () => {
  let token = 'old'
  const renew = vi.fn(async () => { token = 'new'; return true })
  carry({ token: () => token, renew })
  answers(401, [200, { ok: 1 }])
  expect(await send('GET', '/v1/me')).toEqual({ ok: 1 })
  expect(seen.map((o) => o.header.Authorization)).toEqual(['Bearer old', 'Bearer new'])
  answers(401)
  expect((await refused(send('GET', '/v1/me'))).status).toBe(401)
  expect(renew).toHaveBeenCalledTimes(2)
})

test('without a token one is fetched first, as after a start without a network', async () => {
  let token = ''
  carry({ token: () => token, renew: async () => { token = 'new'; return true } })
  answers(401, [200, { ok: 1 }])
  expect(await send('GET', '/v1/me')).toEqual({ ok: 1 })
  expect(seen.map((o) => o.header.Authorization)).toEqual([undefined, 'Bearer new'])
  carry({ token: () => '', renew: async () => false })
  answers(401)
  expect((await refused(send('GET', '/v1/me'))).status).toBe(401)
  expect(seen).toHaveLength(1)
})

test('what signs in takes no token and renews none; leaving takes one', async () => {
  const renew = vi.fn(async () => false)
  carry({ token: () => 'old', renew })
  answers(401)
  for (const path of ['wechat', 'staff', 'refresh', 'logout']) await refused(send('POST', `/v1/auth/${path}`, {}))
  expect(seen.map((o) => o.header.Authorization)).toEqual([undefined, undefined, undefined, 'Bearer old'])
  expect(renew).toHaveBeenCalledTimes(1)
})

test('a renewal that gets no answer is not a sign-in that is over', async () => {
  const renew = vi.fn<[], Promise<boolean>>(() => Promise.reject(new Problem(503, 'unavailable', '')))
  carry({ token: () => 'old', renew })
  answers(401)
  expect((await refused(send('POST', '/v1/gate/checks', {}))).status).toBe(503)
  renew.mockReset().mockRejectedValueOnce(new Problem(0, 'offline', '')).mockResolvedValueOnce(true)
  answers(401, 401, [200, { ok: 1 }])
  expect(await send('GET', '/v1/me')).toEqual({ ok: 1 })
})
