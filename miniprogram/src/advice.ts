import type { Problem } from './api/send'
import { settings } from './stores/settings'
import { has, t } from './texts'

/** A sentence that says what to do next. The server's own sentence is Chinese and is preferred in Chinese. */
export function advice(p: Problem): string {
  if (p.status === 0) return t('trouble.offline')
  if (p.message && settings.lang === 'zh') return p.message
  const say = `say.${p.code}`
  if (has(say)) return t(say)
  if (p.status === 401) return t('trouble.signin')
  if (p.status === 403) return t('trouble.forbidden')
  if (p.status === 429 || p.status === 503) return t('trouble.busy')
  return t('trouble.other')
}
