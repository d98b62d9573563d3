// How the person wants to see things. These settings and the sign-in are all this device keeps.
import { reactive, watch } from 'vue'

export interface Settings {
  elder: boolean
  theme: 'auto' | 'light' | 'dark'
  lang: 'zh' | 'en'
}

const key = 'settings'
const fallback: Settings = { elder: false, theme: 'auto', lang: 'zh' }

export function parse(kept: unknown): Settings {
  const k = (kept && typeof kept === 'object' ? kept : {}) as Partial<Settings>
  return {
    elder: k.elder === true,
    theme: k.theme === 'light' || k.theme === 'dark' ? k.theme : 'auto',
    lang: k.lang === 'en' ? 'en' : 'zh',
  }
}

export const settings = reactive<Settings>({ ...fallback })

export function restoreSettings() {
  Object.assign(settings, parse(uni.getStorageSync(key)))
  watch(settings, (s) => { uni.setStorageSync(key, { ...s }); paint() })
  paint()
}

/** The H5 shell (title bar, tab bar) lies outside the pages and follows the root element. */
function paint() {
  if (process.env.UNI_PLATFORM !== 'h5') return
  const root = document.documentElement
  root.lang = settings.lang === 'en' ? 'en' : 'zh-CN'
  for (const theme of ['auto', 'light', 'dark']) root.classList.toggle(theme, settings.theme === theme)
  root.classList.toggle('elder', settings.elder)
}
