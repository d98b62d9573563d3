import { expect, test, vi } from 'vitest'
import { Problem } from '@/api/send'
import { useDeed } from '@/stores/deed'

test('one intention keeps its key until it has taken effect', async () => {
  const keys: string[] = []
  const act = vi.fn(async (_: { reason: string }, key: string) => { keys.push(key); if (keys.length < 3) throw new Problem(0, 'offline', ''); return keys.length })
  const deed = useDeed(act)
  expect(await deed.run({ reason: 'a' })).toBeNull()
  expect(deed.trouble.value?.status).toBe(0)
  await deed.run({ reason: 'a' })
  expect(keys[1]).toBe(keys[0])
  expect(await deed.run({ reason: 'b' })).toBe(3)
  expect(keys[2]).not.toBe(keys[0])
  expect([deed.done.value, deed.trouble.value, deed.busy.value]).toEqual([3, null, false])
  await deed.run({ reason: 'b' })
  expect(keys[3]).not.toBe(keys[2])
})

test.each([[0, 'offline'], [409, 'request_in_flight'], [409, 'conflict'], [429, 'rate_limited'], [500, 'internal'], [503, 'unavailable']])('after %i %s the same words go under the same key', async (status, code) => {
  const keys: string[] = []
  const deed = useDeed(async (_: object, key: string) => { keys.push(key); throw new Problem(status, code, '') })
  for (let n = 0; n < 2; n++) await deed.run({ itemCode: 'SP-1', mode: 'instant' })
  await deed.run({ itemCode: 'SP-1', mode: 'normal' })
  expect([keys[1] === keys[0], keys[2] === keys[0]]).toEqual([true, false])
})

test('a second press while the first is under way does nothing', async () => {
  let end: (v: string) => void = () => undefined
  const act = vi.fn(() => new Promise<string>((resolve) => { end = resolve }))
  const deed = useDeed(act)
  const first = deed.run('x')
  expect(await deed.run('x')).toBeNull()
  end('done')
  expect(await first).toBe('done')
  expect(act).toHaveBeenCalledTimes(1)
})

test('what is no problem of the server is still told', async () => {
  const deed = useDeed(async () => { throw new TypeError('x') })
  await deed.run(1)
  expect(deed.trouble.value).toMatchObject({ status: -1, code: 'internal' })
})
