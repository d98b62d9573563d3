import { describe, expect, test } from 'vitest'
import { clockTime, countdown, dayOf, dayTime, lifetime, money, pieces, signed } from '@/format'

test.each([[0, '¥0'], [2400, '¥24'], [2405, '¥24.05'], [-50, '-¥0.50']])('money %d', (fen, want) => expect(money(fen)).toBe(want))

test.each([[30, '+30'], [0, '0'], [-5, '−5']])('points %d', (n, want) => expect(signed(n)).toBe(want))
test.each([[605, '10:05'], [59, '0:59'], [0, '0:00']])('%d seconds left', (n, want) => expect(countdown(n)).toBe(want))

test('days and times are those of Shanghai', () => {
  expect(dayTime('2026-11-22T16:30:00Z')).toBe('2026-11-23 00:30')
  expect(clockTime('2026-11-23T08:05:00+08:00')).toBe('08:05')
  expect(dayOf('2026-11-23')).toBe('2026-11-23')
  expect(dayOf('2026-11-22T16:00:00Z')).toBe('2026-11-23')
})

test('a pass lasts a minute also when the device clock is wrong', () => {
  const ends = '2026-11-23T08:01:00+08:00', at = Date.parse('2026-11-23T08:00:20+08:00')
  expect(lifetime(ends, at)).toBe(40)
  expect(lifetime(ends, at + 3600_000)).toBe(60)
  expect(lifetime(ends, at - 3600_000)).toBe(60)
})

describe('pieces', () => {
  test('marks what matched', () => {
    expect(pieces('开封润达公司', [{ start: 2, length: 2 }])).toEqual([{ text: '开封', hit: false }, { text: '润达', hit: true }, { text: '公司', hit: false }])
  })
  test('counts characters, joins neighbours, ignores what lies outside', () => {
    expect(pieces('𠮷野家', [{ start: 0, length: 1 }, { start: 1, length: 1 }, { start: 2, length: 9 }])).toEqual([{ text: '𠮷野家', hit: true }])
    expect(pieces('', [{ start: 0, length: 1 }])).toEqual([])
  })
})
