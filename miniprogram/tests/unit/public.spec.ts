import { expect, test } from 'vitest'
import type { CommitmentLetter, CommitmentType, Distribution, Sector } from '@/api/client'
import { advice } from '@/advice'
import { Problem } from '@/api/send'
import { siteOf } from '@/go'
import { lettersFor, seenBy, term } from '@/stores/letters'
import { whole } from '@/stores/loading'
import { bars, matching, place } from '@/stores/sectors'
import { settings } from '@/stores/settings'

const spread = (grades: [string, number][], total?: number) => ({ grades: grades.map(([grade, count]) => ({ grade, count })), total }) as unknown as Distribution
const short = (d: Distribution, scale: string[]) => bars(d, scale).map((b) => [b.grade, b.count, b.percent])

test('bars stand in the order of the scheme and share the whole', () => {
  expect(short(spread([['C', 1], ['A', 2], ['B', 1]], 4), ['A', 'B', 'C'])).toEqual([['A', 2, 50], ['B', 1, 25], ['C', 1, 25]])
})
test('what was rated but not published by grade is a bar of its own', () => {
  expect(short(spread([['A', 167], ['D', 303]], 3928), ['A', 'B', 'M', 'C', 'D'])).toEqual([['A', 167, 4.3], ['D', 303, 7.7], ['', 3458, 88]])
})
test('without a published total no percentage is made up from one grade', () => {
  expect(short(spread([['A', 150]]), ['A', 'B'])).toEqual([['A', 150, null]])
  expect(short(spread([['A', 35], ['B', 65]]), ['A', 'B'])).toEqual([['A', 35, 35], ['B', 65, 65]])
  expect(short(spread([], 45), ['A'])).toEqual([])
  expect(short(spread([['A', 0], ['B', 0]]), ['A', 'B'])).toEqual([['A', 0, null], ['B', 0, null]])
})

test('a place has its name, or its code', () => {
  expect([place('district:410203'), place('county:419999'), place('')]).toEqual(['顺河回族区', '419999', ''])
})

test('sectors are found by name, document and whom they rate', () => {
  const all = [{ name: '税务', documents: ['纳税信用管理办法'], subjects: ['纳税人'] }, { name: '民政', documents: [], subjects: ['社会组织'] }] as unknown as Sector[]
  expect(['', '纳税', ' 组织 ', '矿'].map((w) => matching(all, w).length)).toEqual([2, 1, 1, 0])
})

const letter = (subjects: string[], dueWorkdays = 0, validMonths = 0) => ({ type: 'proactive', subjects, dueWorkdays, validMonths }) as unknown as CommitmentLetter
test('letters for whoever may sign them, with their term and their readers', () => {
  const person = letter(['natural_person', 'legal_person'], 5), company = letter(['self_employed'], 0, 12)
  expect(lettersFor([person, company], false)).toEqual([person])
  expect(lettersFor([person, company], true)).toEqual([person, company])
  expect([term(person), term(company), term(letter([]))]).toEqual(['5 个工作日内履行', '有效 12 个月', ''])
  const types = [{ type: 'proactive', organisations: 1, persons: 3 }] as unknown as CommitmentType[]
  expect([seenBy(person, types, true), seenBy(person, types, false), seenBy(person, [], true)]).toEqual(['签署后向社会公开', '不公开', ''])
})

test('a short list is read to its end', async () => {
  const pages: Record<string, { items: number[]; nextCursor: string }> = { '': { items: [1, 2], nextCursor: 'c' }, c: { items: [3], nextCursor: '' } }
  expect(await whole(async (cursor) => pages[cursor ?? ''])).toEqual([1, 2, 3])
})

test.each([[{ site: 'tieta-park' }, 'tieta-park'], [{ scene: 'sh-lib' }, 'sh-lib'], [{ scene: 'sh%2Dlib' }, 'sh-lib'], [{ site: '<b>' }, ''], [{ scene: '%E4%' }, ''], [undefined, '']])('the scanned place of %o', (query, want) => expect(siteOf(query)).toBe(want))

test('refusals say what to do, in the language chosen', () => {
  const p = new Problem(422, 'identity_mismatch', '姓名与证件号码核验未通过，请核对后重试。')
  expect(advice(p)).toBe('姓名与证件号码核验未通过，请核对后重试。')
  settings.lang = 'en'
  expect(advice(p)).toMatch(/could not be confirmed/)
  settings.lang = 'zh'
})
