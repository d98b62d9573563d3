// Reminders: the server replaces all channels at once, so what is there has to be told again with what is added.
import type { MessageContact } from '@/api/client'

/** What keeps the channels that are on from being told again; '' when nothing does. inWeChat tells who somebody is without asking. */
export function lacks(known: MessageContact, phone: string, inWeChat: boolean): 'phone' | 'wechat' | '' {
  if (known.phoneMasked && !phone) return 'phone'
  return known.wechat && !inWeChat ? 'wechat' : ''
}

/** Asks in WeChat's own dialog; whether any of the templates was accepted. */
export const consented = (templates: string[]) => new Promise<boolean>((done) => uni.requestSubscribeMessage({
  tmplIds: templates,
  success: (said) => done(templates.some((id) => (said as unknown as Record<string, string>)[id] === 'accept')),
  fail: () => done(false),
}))
