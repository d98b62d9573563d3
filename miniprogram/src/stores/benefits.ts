// What the citizen may use: own judgements joined with the catalogue's place and price.
import { listBenefits, listMyBenefits, type Benefit, type MyBenefit } from '@/api/client'
import { money } from '@/format'
import { t } from '@/texts'

export interface Usable extends MyBenefit {
  published?: Benefit
}

export function join(mine: MyBenefit[], published: Benefit[]): Usable[] {
  const by = new Map(published.map((b) => [b.code, b]))
  const all = mine.map((m) => ({ ...m, published: by.get(m.code) }))
  return [...all.filter((u) => u.eligible), ...all.filter((u) => !u.eligible)]
}

export async function readUsable(): Promise<Usable[]> {
  const [mine, published] = await Promise.all([listMyBenefits(), readPublished()])
  return join(mine.items, published)
}

export async function readPublished(): Promise<Benefit[]> {
  const all: Benefit[] = []
  let cursor: string | undefined
  do {
    const page = await listBenefits({ query: { limit: 100, cursor } })
    all.push(...page.items)
    cursor = page.nextCursor
  } while (cursor)
  return all
}

/** What one gets, in a person's words. */
export function worth(b: Usable): string {
  const value = b.published?.value
  if (value?.type === 'priority') return t('benefit.priority')
  if (value?.type === 'quota') return t('benefit.quota', { n: value.value, unit: value.unit ?? '' })
  if (value?.type === 'deposit') return value.value === 0 ? t('benefit.noDeposit') : t('benefit.deposit', { percent: value.value })
  return price(b.payPercent, b.published?.basePriceFen)
}

export function price(payPercent: number, base?: number): string {
  if (payPercent === 0) return t('benefit.free')
  if (base) return t('benefit.payFen', { pay: money(Math.floor((base * payPercent) / 100)), base: money(base) })
  return t('benefit.pay', { percent: payPercent })
}

/** The conditions that are not met, or not yet known. */
export const unmet = (b: Partial<Usable>) => (b.reasons ?? []).filter((r) => r.outcome !== 'eligible')
