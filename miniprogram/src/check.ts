// What can be said about a number before it is sent; the server judges.
import type { TextKey } from './texts'

export interface Fault { key: TextKey; n?: number }

const idWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** 公民身份号码, GB 11643-1999: 17 digits and a check character modulo 11. */
export function idNoFault(idNo: string): Fault | null {
  if (idNo.length !== 18) return { key: 'identity.badLength', n: idNo.length }
  const sum = idWeights.reduce((n, w, i) => n + w * Number(idNo[i]), 0)
  return /^\d{17}[\dX]$/.test(idNo) && '10X98765432'[sum % 11] === idNo[17] ? null : { key: 'identity.badCheck' }
}

const usccAlphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const usccWeights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]

/** 统一社会信用代码, GB 32100-2015: 18 characters, the last a check character modulo 31. */
export function usccFault(uscc: string): Fault | null {
  if (/[IOSVZ]/.test(uscc)) return { key: 'company.badChar' }
  if (uscc.length !== 18) return { key: 'company.badLength', n: uscc.length }
  const sum = usccWeights.reduce((n, w, i) => n + w * usccAlphabet.indexOf(uscc[i]), 0)
  return usccAlphabet[(31 - (sum % 31)) % 31] === uscc[17] ? null : { key: 'company.badCheck' }
}

/** What people type: full-width characters, spaces and small letters are no faults. */
export const tidy = (typed: string) => typed.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase()
