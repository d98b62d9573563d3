// The one place that talks to the server: addresses, tokens, retries and problems.
export const isWeapp = process.env.UNI_PLATFORM === 'mp-weixin'
const base: string = isWeapp ? import.meta.env.VITE_API_BASE || '' : typeof location === 'undefined' ? '' : location.origin

/** What the server refuses, or what kept us from reaching it (status 0). */
export class Problem extends Error {
  constructor(readonly status: number, readonly code: string, detail: string, readonly requestId = '', readonly retryAfter = 0,
    /** Field by field, or condition by condition, what stands in the way. */
    readonly faults: { pointer: string; code: string; detail: string }[] = []) {
    super(detail)
  }
}

/** No way to the server. */
export const offline = () => new Problem(0, 'offline', '')

interface Arguments {
  path?: Record<string, string | number>
  query?: Record<string, unknown>
  body?: unknown
  idempotencyKey?: string
  ifMatch?: string
}

/** Whether the answer says nothing about what was asked: no network, a server in trouble, or one that is asked too often. */
export const undecided = ({ status }: Problem) => status <= 0 || status === 429 || status >= 500

/** The session gives its token; renew trades the refresh token once for all who wait. It throws what kept it from an answer. */
export interface Bearer {
  token(): string
  renew(): Promise<boolean>
}

let bearer: Bearer = { token: () => '', renew: async () => false }
export function carry(by: Bearer) { bearer = by }

let pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))
/** Tests wait for nothing. */
export function setPause(f: typeof pause) { pause = f }

export function address(path: string, args: Arguments): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(args.path?.[name] ?? '')))
  const query = Object.entries(args.query ?? {}).filter(([, v]) => v !== undefined && v !== '')
    .map(([k, v]) => `${k}=${encodeURIComponent(String(v))}`)
  return query.length ? `${filled}?${query.join('&')}` : filled
}

const tags = new WeakMap<object, string>()
/** The ETag an answer came with, for the If-Match of its change; '' when it had none. */
export const tagOf = (answer: object) => tags.get(answer) ?? ''

/** What signs in takes no token: a stale one must not keep anybody out, and none can be renewed by it. */
const tokenless = ['/v1/auth/wechat', '/v1/auth/staff', '/v1/auth/refresh']

function once(method: string, path: string, args: Arguments, token: string): Promise<any> {
  const header: Record<string, string> = { Accept: 'application/json' }
  if (args.body !== undefined) header['Content-Type'] = 'application/json'
  if (args.idempotencyKey) header['Idempotency-Key'] = args.idempotencyKey
  if (args.ifMatch) header['If-Match'] = args.ifMatch
  if (token && !tokenless.includes(path)) header.Authorization = `Bearer ${token}`
  if (isWeapp && method === 'PATCH') { // which wx.request does not have
    method = 'POST'
    header['X-HTTP-Method-Override'] = 'PATCH'
  }
  return new Promise((resolve, reject) => {
    uni.request({
      url: base + address(path, args), method: method as 'GET', timeout: 8000, header,
      data: args.body === undefined ? undefined : JSON.stringify(args.body),
      success: (r) => {
        if (r.statusCode >= 200 && r.statusCode < 300) {
          const tag = headerOf(r.header, 'etag')
          if (tag && typeof r.data === 'object') tags.set(r.data, tag)
          return resolve(r.data)
        }
        const p = (typeof r.data === 'object' && r.data ? r.data : {}) as { code?: string; detail?: string; requestId?: string; errors?: Problem['faults'] }
        const after = Number(headerOf(r.header, 'retry-after')) || 0
        reject(new Problem(r.statusCode, p.code ?? 'internal', p.detail ?? '', p.requestId, after, p.errors ?? []))
      },
      fail: () => reject(offline()),
    })
  })
}

function headerOf(header: Record<string, string> | undefined, name: string) {
  const key = Object.keys(header ?? {}).find((k) => k.toLowerCase() === name)
  return key ? header![key] : ''
}

const attempts = 3

/** Sends a call. What may be repeated without a second effect (a reading, or a change with its
 *  idempotency key) is repeated when the network or the server fails for a moment. by is who asks, when
 *  it is not who is signed in now. */
export async function send(method: string, path: string, args: Arguments = {}, by: Bearer = bearer): Promise<any> {
  const repeatable = method === 'GET' || !!args.idempotencyKey
  let renewed = false
  for (let i = 1; ; i++) {
    const used = by.token()
    try {
      return await once(method, path, args, used)
    } catch (e) {
      let p = e as Problem
      if (p.status === 401 && !renewed && !tokenless.includes(path)) {
        try {
          renewed = true
          if (by.token() !== used || (await by.renew())) continue
        } catch (kept) {
          renewed = false // nobody has said that the sign-in is over
          p = kept as Problem
        }
      }
      const passing = p.status === 0 || p.status === 502 || p.status === 503 || p.status === 504 || (p.status === 409 && p.retryAfter > 0)
      if (!passing || !repeatable || i >= attempts) throw p
      await pause(p.retryAfter ? Math.min(p.retryAfter, 3) * 1000 : 300 * i)
    }
  }
}

/** A key for one intention; keep it for every retry of that intention. */
export function newKey(): string {
  const part = () => Math.random().toString(36).slice(2, 12)
  return `${Date.now().toString(36)}-${part()}${part()}`
}
