// One reading of a page: what came, what went wrong, and how to try again.
import { ref, shallowRef } from 'vue'
import { Problem } from '@/api/send'

/** shown says what else follows from what came; an answer that a later reading has overtaken shows nothing. */
export function useLoad<T>(read: () => Promise<T>, shown: (got: T) => void = () => undefined) {
  const data = shallowRef<T | null>(null)
  const trouble = shallowRef<Problem | null>(null)
  const busy = ref(false)
  let turn = 0
  async function load() {
    const mine = ++turn
    busy.value = true
    try {
      const got = await read()
      if (mine !== turn) return // a later reading has overtaken this one
      data.value = got
      shown(got)
      trouble.value = null
    } catch (e) {
      if (mine === turn) trouble.value = asProblem(e)
    } finally {
      if (mine === turn) busy.value = false
    }
  }
  return { data, trouble, busy, load }
}

export const asProblem = (e: unknown) => (e instanceof Problem ? e : new Problem(-1, 'internal', ''))

interface Page<I> { items: I[]; nextCursor: string }

/** A list that grows page by page; shown takes what a page says beside its items. */
export function useList<I, P = unknown>(read: (cursor: string | undefined) => Promise<Page<I> & P>, shown: (page: Page<I> & P) => void = () => undefined) {
  const items = shallowRef<I[] | null>(null)
  const cursor = ref('')
  const { trouble, busy, load: fetch } = useLoad(
    async () => { const from = cursor.value; return { from, page: await read(from || undefined) } },
    ({ from, page }) => {
      items.value = from ? [...(items.value ?? []), ...page.items] : page.items
      cursor.value = page.nextCursor
      shown(page)
    })
  const reload = () => { cursor.value = ''; return fetch() }
  return { items, cursor, trouble, busy, more: fetch, reload }
}

/** A page with something wanted in it: reads on, most pages at a time, until there is one or the list ends. */
export async function seek<I>(read: (cursor: string | undefined) => Promise<Page<I>>, from: string | undefined, wanted: (item: I) => boolean, most: number): Promise<Page<I>> {
  const items: I[] = []
  let nextCursor = from ?? ''
  for (let n = 0; n < most; n++) {
    const page = await read(nextCursor || undefined)
    items.push(...page.items)
    nextCursor = page.nextCursor
    if (!nextCursor || page.items.some(wanted)) break
  }
  return { items, nextCursor }
}

/** A short list, read to its end. */
export async function whole<I>(read: (cursor: string | undefined) => Promise<Page<I>>): Promise<I[]> {
  const all: I[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    all.push(...page.items)
    cursor = page.nextCursor
  } while (cursor)
  return all
}
