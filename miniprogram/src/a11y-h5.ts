// What uni-h5 leaves out for keyboards and screen readers: its tab bar and back button are bare
// divs, its inputs do not hand their label on, and views with a role do not answer to keys.
import { tabs } from './go'

const pressable = ['button', 'link', 'tab', 'switch', 'radio', 'checkbox']

export function helpAccess() {
  document.addEventListener('keydown', (ev) => {
    const el = ev.target as HTMLElement
    if ((ev.key === 'Enter' || ev.key === ' ') && pressable.includes(el.getAttribute?.('role') ?? '')) {
      ev.preventDefault()
      if (!ev.repeat) el.click() // a key that is held presses once
    }
  })
  let due = false
  const later = () => { if (!due) { due = true; requestAnimationFrame(() => { due = false; mend() }) } }
  mend()
  new MutationObserver(later).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['class', 'aria-label'] })
}

/** A sheet over the whole screen: what lies behind neither answers nor gets the focus, until what is returned ends it. */
export function coverAll(sheet: HTMLElement, first: HTMLElement): () => void {
  const before = document.activeElement as HTMLElement | null
  const behind = [...Array.from(sheet.parentElement?.children ?? []), ...Array.from(document.querySelectorAll('.uni-page-head'))].filter((e) => e !== sheet && !e.hasAttribute('inert'))
  behind.forEach((e) => e.setAttribute('inert', ''))
  first.focus()
  return () => {
    behind.forEach((e) => e.removeAttribute('inert'))
    before?.focus()
  }
}

// Only what differs is written, or the observer would never rest.
function put(e: Element, name: string, value: string) { if (e.getAttribute(name) !== value) e.setAttribute(name, value) }

function mend() {
  const all = (q: string) => Array.from(document.querySelectorAll(q))
  for (const e of all('.uni-tabbar')) put(e, 'role', 'tablist')
  const here = tabs.indexOf((location.pathname.split('/')[2] ?? 'home') as 'home')
  all('.uni-tabbar__item').forEach((e, i) => {
    put(e, 'role', 'tab'); put(e, 'tabindex', '0'); put(e, 'aria-selected', String(i === here))
    const label = e.querySelector('.uni-tabbar__label')?.textContent
    if (label) put(e, 'aria-label', label)
  })
  for (const e of all('.uni-page-head-btn')) { put(e, 'role', 'button'); put(e, 'tabindex', '0'); put(e, 'aria-label', document.documentElement.lang === 'en' ? 'Back' : '返回') }
  for (const e of all('.uni-page-head__title')) { put(e, 'role', 'heading'); put(e, 'aria-level', '1') }
  for (const e of all('uni-image img')) put(e, 'alt', '') // the name stands on uni-image
  for (const e of all('uni-input[aria-label], uni-textarea[aria-label]')) {
    const inner = e.querySelector('input, textarea')
    if (inner) put(inner, 'aria-label', e.getAttribute('aria-label') ?? '')
  }
}
