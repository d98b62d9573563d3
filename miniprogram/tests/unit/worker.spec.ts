import fs from 'node:fs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { worker } from '../../scripts/worker.mjs'

const source = fs.readFileSync('worker/sw.js', 'utf8')
const build = (...more: [string, string][]) => worker(source, [['index.html', '<html>'], ['assets/a-1.js', 'a'], ...more] as never) as string
const version = (text: string) => /'xinyi-(\w+)'/.exec(text)![1]

test('a worker names the files of its build, and another build is another worker', () => {
  const one = build(['assets/a-1.js.br', 'x'], ['sw.js', 'old'])
  expect(one).toContain('new Set(["/assets/a-1.js","/"])')
  expect(version(one)).toMatch(/^[0-9a-f]{16}$/)
  expect(one).toBe(build())
  expect(version(build(['assets/b-2.js', 'b']))).not.toBe(version(one))
})

// The worker in a world of its own: its caches, its network.
let listeners: Record<string, (ev: any) => void>
let caches: Map<string, Map<string, string>>
let network: (url: string) => Promise<string>
const cacheOf = (name: string) => {
  if (!caches.has(name)) caches.set(name, new Map())
  const kept = caches.get(name)!
  return { match: async (at: string) => kept.get(at), addAll: async (all: string[]) => { for (const at of all) kept.set(at, await network(at)) } }
}
beforeEach(() => {
  vi.useFakeTimers()
  listeners = {}
  caches = new Map([['xinyi-before', new Map()], ['foreign', new Map()]])
  network = async (url) => `network ${url}`
  const self = { location: { origin: 'https://x.test' }, clients: { claim: async () => undefined }, addEventListener: (name: string, f: (ev: unknown) => void) => { listeners[name] = f } }
  new Function('self', 'caches', 'fetch', build())(self, {
    open: async (name: string) => cacheOf(name), keys: async () => [...caches.keys()], delete: async (name: string) => caches.delete(name),
  }, (r: string | { url: string }) => network(typeof r === 'string' ? r : new URL(r.url).pathname))
})
afterEach(() => { vi.useRealTimers() })

const done = async (name: string) => { let wait: Promise<unknown> | undefined; listeners[name]({ waitUntil: (p: Promise<unknown>) => { wait = p } }); await wait }
/** What the worker answers with; undefined where it leaves the request alone. */
function ask(at: string, more: object = {}): Promise<string> | undefined {
  let answer: Promise<string> | undefined
  listeners.fetch({ request: { method: 'GET', mode: 'cors', url: new URL(at, 'https://x.test').href, ...more }, respondWith: (p: Promise<string>) => { answer = p } })
  return answer
}
const screen = { mode: 'navigate' }

test('what the service answers is left alone', async () => {
  await done('install')
  for (const at of ['/v1/me', '/v1/me/passes', '/docs', '/openapi.yaml', '/readyz', '/sw.js', '/assets/gone.js', 'https://other.test/assets/a-1.js']) expect(ask(at), at).toBe(undefined)
  expect(ask('/assets/a-1.js', { method: 'POST' })).toBe(undefined)
  expect(ask('/v1/me', screen)).toBe(undefined)
})

test('a screen comes from the network, and from the device when there is none or none in time', async () => {
  await done('install')
  expect(await ask('/pages/pass/index?code=A', screen)).toBe('network /pages/pass/index')
  network = () => Promise.reject(new TypeError('offline'))
  expect(await ask('/pages/pass/index?code=A', screen)).toBe('network /')
  expect(await ask('/?site=tt-park', screen)).toBe('network /')
  expect(await ask('/assets/a-1.js')).toBe('network /assets/a-1.js')
  network = () => new Promise(() => undefined)
  const slow = ask('/', screen)
  await vi.advanceTimersByTimeAsync(3_000)
  expect(await slow).toBe('network /')
})

test('the files of other builds go when the worker takes over, nothing else', async () => {
  await done('install')
  await done('activate')
  expect([...caches.keys()]).toEqual(['foreign', `xinyi-${version(build())}`])
})
