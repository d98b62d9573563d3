import { expect, test, vi } from 'vitest'
import type { Benefit, MyBenefit } from '@/api/client'
import { Problem } from '@/api/send'
import { hours, join, often, stands, unmet, worth, type Usable } from '@/stores/benefits'
import { seek, useList, useLoad } from '@/stores/loading'
import { consented, lacks } from '@/stores/reminders'
import { parse } from '@/stores/settings'

test('kept settings are believed only where they make sense', () => {
  expect(parse('')).toEqual({ elder: false, huge: false, theme: 'auto', lang: 'zh' })
  expect(parse({ elder: true, huge: true, theme: 'dark', lang: 'en' })).toEqual({ elder: true, huge: true, theme: 'dark', lang: 'en' })
  expect(parse({ elder: 1, theme: 'pink', lang: 'fr' })).toEqual({ elder: false, huge: false, theme: 'auto', lang: 'zh' })
})

const mine = (code: string, eligible: boolean) => ({ code, eligible, payPercent: 60, reasons: [{ id: 'a', outcome: 'eligible', text: '' }, { id: 'b', outcome: 'undetermined', text: '' }] }) as unknown as MyBenefit
const published = (code: string, value: object, basePriceFen?: number) => ({ code, value, basePriceFen }) as unknown as Benefit

test('what can be used comes first', () => {
  expect(join([mine('A', false), mine('B', true)], [published('B', {})]).map((u) => [u.code, !!u.published])).toEqual([['B', true], ['A', false]])
  expect(unmet(mine('A', false)).map((r) => r.id)).toEqual(['b'])
})

test.each([
  [{ type: 'percent', value: 60 }, 4000, '付 ¥24，标准价 ¥40'], [{ type: 'percent', value: 60 }, undefined, '付 60%'],
  [{ type: 'deposit', value: 0 }, 10000, '免押金'], [{ type: 'quota', value: 30, unit: '分钟' }, undefined, '赠 30 分钟'], [{ type: 'priority', value: 1 }, undefined, '优先办理'], [{ type: 'amount', value: 2000 }, 10000, '付 ¥80，标准价 ¥100'], [{ type: 'amount', value: 2000 }, undefined, '减 ¥20'], [{ type: 'free', value: 0 }, 4000, '免费'],
])('worth %o', (value, base, want) => expect(worth({ ...mine('A', true), published: published('A', value, base) } as Usable)).toBe(want))

test('how it stands, in one line', () => {
  expect(stands(mine('A', false) as Usable)).toBe('按标准价 · 还差 1 项')
  expect(stands({ ...mine('A', false), outcome: 'undetermined' } as Usable)).toBe('正在核查，暂按标准价')
  expect(stands({ ...mine('A', false), outcome: 'undetermined', toQualify: { possible: true, steps: [{}] } } as unknown as Usable)).toBe('按标准价 · 还差 1 项')
  expect(stands({ ...mine('A', true), published: published('A', { type: 'quota', value: 30, unit: '分钟' }) } as Usable)).toBe('赠 30 分钟')
  expect([often({ day: 1, month: 4, year: 0, total: 0 }), often({ day: 0, month: 0, year: 0, total: 0 })]).toEqual(['每天 1 次 · 每月 4 次', ''])
})

test('when it may be used', () => {
  expect(hours({ weekdays: [1, 7], hours: ['08:00-18:00'], blackoutDates: ['2026-10-01'] })).toBe('周一、周日 · 08:00-18:00 · 2026-10-01 除外')
  expect(hours({})).toBe('')
})

test('a later reading wins over an earlier one', async () => {
  const ends: ((v: string) => void)[] = []
  const { data, load } = useLoad(() => new Promise<string>((end) => ends.push(end)))
  const first = load(), second = load()
  ends[1]('new'); ends[0]('old')
  await Promise.all([first, second])
  expect(data.value).toBe('new')
})

test('a list grows, keeps what it has when a page fails, and goes on from there', async () => {
  const read = vi.fn()
    .mockResolvedValueOnce({ items: [1], nextCursor: 'c' })
    .mockRejectedValueOnce(new Problem(503, 'unavailable', ''))
    .mockResolvedValueOnce({ items: [2], nextCursor: '' })
  const list = useList<number>(read)
  await list.reload()
  await list.more()
  expect([list.items.value, list.trouble.value?.status]).toEqual([[1], 503])
  await list.more()
  expect([list.items.value, list.trouble.value, list.cursor.value]).toEqual([[1, 2], null, ''])
  expect(read.mock.calls).toEqual([[undefined], ['c'], ['c']])
})

test('a list shows what was asked for last, whichever answer comes last', async () => {
  const ends: ((v: { items: string[]; nextCursor: string; total: number }) => void)[] = []
  const totals: number[] = []
  const list = useList((_: string | undefined) => new Promise<{ items: string[]; nextCursor: string; total: number }>((end) => ends.push(end)), (page) => totals.push(page.total))
  const first = list.reload(), second = list.reload()
  ends[1]({ items: ['new'], nextCursor: '', total: 2 }); ends[0]({ items: ['old'], nextCursor: 'c', total: 1 })
  await Promise.all([first, second])
  expect([list.items.value, list.cursor.value, totals]).toEqual([['new'], '', [2]])

  list.cursor.value = 'c'
  const more = list.more(), anew = list.reload() // pulled down while a page was on its way
  ends[3]({ items: ['newer'], nextCursor: 'd', total: 3 }); ends[2]({ items: ['next'], nextCursor: 'e', total: 2 })
  await Promise.all([more, anew])
  expect([list.items.value, list.cursor.value, list.busy.value]).toEqual([['newer'], 'd', false])
})

test.each([
  [false, '', '', false, ''], [false, '', '13800000000', false, ''], [false, '138****0000', '13900000000', true, ''],
  [false, '138****0000', '', true, 'phone'], [true, '', '13800000000', true, ''], [true, '', '13800000000', false, 'wechat'], [true, '138****0000', '', true, 'phone'],
])('reminders on (WeChat %s, phone %j), told again with %j, in WeChat %s: lacks %j', (wechat, phoneMasked, phone, inWeChat, want) => expect(lacks({ wechat, phoneMasked }, phone, inWeChat)).toBe(want))

test('reminders in WeChat need its consent to some template', async () => {
  for (const [said, want] of [[{ a: 'accept', b: 'reject' }, true], [{ a: 'reject', b: 'ban' }, false], [null, false]]) {
    vi.stubGlobal('uni', { requestSubscribeMessage: (o: { success: (r: unknown) => void; fail: () => void }) => (said ? o.success(said) : o.fail()) })
    expect(await consented(['a', 'b'])).toBe(want)
  }
})

test.each([
  ['found on the third page', 5, [[0], [0], [0, 1], [1]], [0, 0, 0, 1], '3'], ['on the first', 5, [[1], [0]], [1], '1'],
  ['nowhere', 5, [[0], [0]], [0, 0], ''], ['not within reach', 2, [[0], [0], [1]], [0, 0], '2'],
])('something wanted is sought page by page: %s', async (_, most, pages, items, nextCursor) => {
  const read = async (cursor: string | undefined) => { const n = Number(cursor ?? 0); return { items: pages[n], nextCursor: n + 1 < pages.length ? String(n + 1) : '' } }
  expect(await seek<number>(read, undefined, (i) => i === 1, most)).toEqual({ items, nextCursor })
})
