// What the citizen may use: own judgements joined with the catalogue's place and price.
import { listBenefits, listMyBenefits, type Benefit, type BenefitWindow, type MyBenefit } from '@/api/client'
import { money } from '@/format'
import { t } from '@/texts'
import { whole } from './loading'

export interface Usable extends MyBenefit {
  published?: Benefit
}

export function join(mine: MyBenefit[], published: Benefit[]): Usable[] {
  const by = new Map(published.map((b) => [b.code, b]))
  const all = mine.map((m) => ({ ...m, published: by.get(m.code) }))
  return [...all.filter((u) => u.eligible), ...all.filter((u) => !u.eligible)]
}

/** site narrows to one place, as when its code was scanned. */
export async function readUsable(site = ''): Promise<Usable[]> {
  const [mine, published] = await Promise.all([listMyBenefits({ query: { site } }), readPublished()])
  return join(mine.items, published)
}

export const readPublished = () => whole((cursor) => listBenefits({ query: { limit: 100, cursor } }))

/** What one gets, in a person's words. */
export const worth = (b: Usable) => (b.published ? offer(b.published) : price(b.payPercent))

/** What a benefit gives whoever meets its conditions. */
export function offer({ value, basePriceFen }: Benefit): string {
  switch (value.type) {
    case 'priority': return t('benefit.priority')
    case 'quota': return t('benefit.quota', { n: value.value, unit: value.unit ?? '' })
    case 'deposit': return value.value === 0 ? t('benefit.noDeposit') : t('benefit.deposit', { percent: value.value })
    case 'amount': return reduced(value.value, basePriceFen)
    case 'free': return t('benefit.free')
    default: return price(value.value, basePriceFen)
  }
}

function reduced(fen: number, base?: number): string {
  if (base === undefined) return t('benefit.reduced', { n: money(fen) })
  return t('benefit.payFen', { pay: money(Math.max(0, base - fen)), base: money(base) })
}

export function price(payPercent: number, base?: number): string {
  if (payPercent === 0) return t('benefit.free')
  if (base) return t('benefit.payFen', { pay: money(Math.floor((base * payPercent) / 100)), base: money(base) })
  return t('benefit.pay', { percent: payPercent })
}

/** How often it may be used, in words; empty when there is no limit. */
export function often(caps: Benefit['caps']): string {
  const parts = ([['benefit.capDay', caps.day], ['benefit.capMonth', caps.month], ['benefit.capYear', caps.year], ['benefit.capTotal', caps.total]] as const)
  return parts.filter(([, n]) => n > 0).map(([key, n]) => t(key, { n })).join(' · ')
}

/** When it may be used, in words. */
export function hours(w: BenefitWindow): string {
  const days = (w.weekdays ?? []).map((n) => t(`weekday.${n as 1}`)).join('、')
  return [days, (w.hours ?? []).join('、'), w.blackoutDates?.length ? t('benefit.notOn', { list: w.blackoutDates.join('、') }) : ''].filter(Boolean).join(' · ')
}

/** Whether nobody can say yet: who has not joined lacks a level, which is a step to take and no check under way. */
export const unsure = (b: Pick<MyBenefit, 'outcome' | 'toQualify'>) => b.outcome === 'undetermined' && !b.toQualify?.steps.length

/** How it stands, in one line: what one gets, or what is still missing. */
export function stands(b: Usable): string {
  if (b.eligible) return worth(b)
  const n = unmet(b).length
  return unsure(b) ? t('benefit.undetermined') : n ? `${t('benefit.standard')} · ${t('benefit.missing', { n })}` : t('benefit.standard')
}

/** The conditions that are not met, or not yet known. */
export const unmet = (b: Partial<Usable>) => (b.reasons ?? []).filter((r) => r.outcome !== 'eligible')
