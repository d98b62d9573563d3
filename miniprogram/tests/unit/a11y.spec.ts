// Keys and focus, as uni-h5 leaves them to us.
import { beforeEach, expect, test, vi } from 'vitest'
import { coverAll, helpAccess } from '@/a11y-h5'

beforeEach(() => { document.body.innerHTML = '<div class="uni-page-head"></div><div><div id="form" role="button" tabindex="0"></div><div id="sheet"><div id="next" role="button" tabindex="0"></div></div></div>' })
const el = (id: string) => document.getElementById(id)!

test('a key that is held presses once', () => {
  helpAccess()
  const pressed = vi.fn()
  el('form').addEventListener('click', pressed)
  for (const repeat of [false, true, true]) el('form').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', repeat, bubbles: true }))
  expect(pressed).toHaveBeenCalledTimes(1)
})

test('behind a sheet nothing answers, and the focus comes back when it is gone', () => {
  el('form').focus()
  const uncover = coverAll(el('sheet'), el('next'))
  const inert = () => [...document.querySelectorAll('[inert]')].map((e) => e.id || e.className)
  expect([document.activeElement?.id, inert()]).toEqual(['next', ['uni-page-head', 'form']])
  uncover()
  expect([document.activeElement?.id, inert()]).toEqual(['form', []])
})
