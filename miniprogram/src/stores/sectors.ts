// How published distributions become bars.
import type { Distribution, Sector } from '@/api/client'
import { has, t } from '@/texts'

/** One bar; grade is empty for what was rated but not published by grade, percent null where there is no whole to compare with. */
export interface Bar { key: string; grade: string; count: number; percent: number | null }

/** Bars in the scheme's order. Percentages are of all rated; where the total is not published they
 *  are of the published grades, and there are none when only one grade is known: it would be 100 %. */
export function bars(d: Distribution, scale: string[]): Bar[] {
  const place = (grade: string) => (scale.includes(grade) ? scale.indexOf(grade) : scale.length)
  const known = [...d.grades].sort((a, b) => place(a.grade) - place(b.grade))
  const sum = known.reduce((n, g) => n + g.count, 0)
  const rest = d.total === undefined || known.length === 0 ? 0 : Math.max(0, d.total - sum)
  const all = rest > 0 ? [...known, { grade: '', count: rest }] : known
  const whole = d.total ?? (known.length > 1 ? sum : 0)
  return all.map((g) => ({ key: g.grade || 'rest', grade: g.grade, count: g.count, percent: whole > 0 ? Math.round((g.count / whole) * 1000) / 10 : null }))
}

/** Where a distribution counts, in words: `district:410203` → 顺河回族区. */
export function place(scope: string): string {
  const code = scope.split(':')[1] ?? ''
  const key = `where.${code}`
  return has(key) ? t(key) : code || scope
}

export const matching = (all: Sector[], words: string) => all.filter((s) => [s.name, ...s.documents, ...s.subjects].some((text) => text.includes(words.trim())))
