// How the person wants to see things. These settings and the sign-in are all this device keeps.
import { reactive, watch } from 'vue'

export interface Settings {
  elder: boolean
  /** Twice the size instead of 1.4 times; counts with elder only. */
  huge: boolean
  theme: 'auto' | 'light' | 'dark'
  lang: 'zh' | 'en'
}

const key = 'settings'
const fallback: Settings = { elder: false, huge: false, theme: 'auto', lang: 'zh' }

export function parse(kept: unknown): Settings {
  const k = (kept && typeof kept === 'object' ? kept : {}) as Partial<Settings>
  return {
    elder: k.elder === true,
    huge: k.huge === true,
    theme: k.theme === 'light' || k.theme === 'dark' ? k.theme : 'auto',
    lang: k.lang === 'en' ? 'en' : 'zh',
  }
}

export const settings = reactive<Settings>({ ...fallback })

export function restoreSettings() {
  const kept = uni.getStorageSync(key)
  Object.assign(settings, parse(kept))
  if (!kept && process.env.UNI_PLATFORM === 'mp-weixin') settings.elder = wantsLarge()
  watch(settings, (s) => { uni.setStorageSync(key, { ...s }); paint() })
  paint()
}

/** Whoever set WeChat to large letters gets them here from the first visit on. */
function wantsLarge() {
  const info = uni.getAppBaseInfo?.() as { fontSizeScaleFactor?: number; fontSizeSetting?: number } | undefined
  return (info?.fontSizeScaleFactor ?? (info?.fontSizeSetting ?? 16) / 16) >= 1.25
}

/** The H5 shell (title bar, tab bar) lies outside the pages and follows the root element. */
function paint() {
  if (process.env.UNI_PLATFORM !== 'h5') return
  const root = document.documentElement
  root.lang = settings.lang === 'en' ? 'en' : 'zh-CN'
  for (const theme of ['auto', 'light', 'dark']) root.classList.toggle(theme, settings.theme === theme)
  root.classList.toggle('elder', settings.elder)
  root.classList.toggle('huge', settings.huge)
}
