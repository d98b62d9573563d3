// Where pages are, and the way there.
export const tabs = ['home', 'search', 'mine'] as const

export function go(page: string, query = '') {
  const url = `/pages/${page}/index`
  if ((tabs as readonly string[]).includes(page)) uni.switchTab({ url })
  else uni.navigateTo({ url: query ? `${url}?${query}` : url })
}

/** The place whose code was scanned: `site=` in an address, `scene=` in a WeChat code. Sites are named in small letters, digits and hyphens. */
export function siteOf(query: Record<string, string | undefined> | undefined): string {
  const id = query?.site ?? (query?.scene ?? '').replace(/%2D/gi, '-')
  return /^[a-z0-9-]{1,32}$/.test(id) ? id : ''
}
