// Which letters one may sign, and what one binds oneself to.
import type { CommitmentLetter, CommitmentType } from '@/api/client'
import { t } from '@/texts'

export const lettersFor = (all: CommitmentLetter[], company: boolean) =>
  all.filter((l) => l.subjects.some((kind) => (kind === 'natural_person') !== company))

/** How long it binds, in words; empty when the letter sets no term. */
export function term(l: CommitmentLetter): string {
  if (l.dueWorkdays > 0) return t('promise.due', { n: l.dueWorkdays })
  return l.validMonths > 0 ? t('promise.months', { n: l.validMonths }) : ''
}

/** Who will see it once it is signed. */
export function seenBy(l: CommitmentLetter, types: CommitmentType[], company: boolean): string {
  const type = types.find((k) => k.type === l.type)
  const publication = company ? type?.organisations : type?.persons
  return publication === 1 || publication === 2 || publication === 3 ? t(`publication.${publication}`) : ''
}
