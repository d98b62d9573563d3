import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { settings } from '@/stores/settings'
import { t } from '@/texts'
import { en } from '@/texts/en'
import { zh } from '@/texts/zh'

const holes = (s: string) => [...s.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort()

test('both languages have the same texts with the same places to fill', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
  for (const k of Object.keys(zh) as (keyof typeof zh)[]) expect(holes(en[k]), k).toEqual(holes(zh[k]))
})

test('nobody is judged', () => {
  for (const text of Object.values(zh)) expect(text).not.toMatch(/黑名单|失信人员|信用不良|不符合条件|系统评定/)
})

test('t fills and follows the language', () => {
  expect(t('pass.left', { n: 7 })).toBe('7 秒后自动更换')
  settings.lang = 'en'
  expect(t('pass.left', { n: 7 })).toBe('Changes in 7 s')
  settings.lang = 'zh'
})

// Texts are asked for by their key, or by the key of a group with a value of the contract after it.
const groups = ['cycle', 'demo', 'disclosure', 'fulfilment', 'held', 'kind', 'level.state', 'list', 'lists.about', 'mode', 'open', 'publication', 'purpose', 'refusal', 'remedy', 'role', 'say', 'scene', 'seal', 'section', 'severity', 'shown', 'state', 'tab', 'update', 'weekday', 'where']
const some: Record<string, string[]> = {
  cases: ['all', 'overdue', 'soon'], catalogue: ['basic', 'negative', 'neutral', 'positive'], clerk: ['org', 'person'], level: ['basic', 'excellent', 'good', 'none'],
  measures: ['general', 'incentive', 'serious'], message: ['dead', 'sent', 'sms', 'waiting', 'wechat'], settings: ['auto', 'dark', 'light'], title: [],
}
const sources = readdirSync('src', { recursive: true }).map(String).filter((f) => /\.(vue|ts)$/.test(f) && !/^(texts\/(?!index)|api\/client)/.test(f)).map((f) => readFileSync(`src/${f}`, 'utf8')).join('\n')

test('no text is kept that nothing shows, and none is missing', () => {
  const asked = new Set([...sources.matchAll(/['"]([a-z]\w*(?:\.\w+)+)['"]/g)].map((m) => m[1]))
  const named = (key: string) => groups.some((g) => key.startsWith(`${g}.`)) || some[key.split('.')[0]]?.includes(key.split('.')[1])
  expect(Object.keys(zh).filter((key) => !asked.has(key) && !named(key))).toEqual([])
  const built = [...sources.matchAll(/(?:`([\w.]+)\.\$\{|named\('(\w+)')/g)].map((m) => m[1] ?? m[2])
  expect(built.filter((g) => !groups.includes(g) && !some[g])).toEqual([])
  expect(groups.filter((g) => !built.includes(g) && g !== 'demo')).toEqual([])
  for (const [g, values] of Object.entries(some)) for (const v of values) expect(zh).toHaveProperty([`${g}.${v}`])
})
