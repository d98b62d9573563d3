import type { Scene } from '@/api/client'
import { settings } from '@/stores/settings'
import { zh, type TextKey } from './zh'
import { en } from './en'

export type { TextKey }

/** t gives a text in the chosen language, its {names} filled. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  const text = (settings.lang === 'en' ? en : zh)[key] ?? key
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole))
}

/** has reports whether this client has a text for a code the server sent. */
export const has = (key: string): key is TextKey => key in zh

/** named gives the text of a code the server sent, or other for one this client does not know yet. */
export const named = (group: string, code: string, other: TextKey) => { const key = `${group}.${code}`; return t(has(key) ? key : other) }

/** The character a scene is known by, in either language. */
export const sealOf = (scene: Scene) => zh[`scene.${scene}`]
