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
