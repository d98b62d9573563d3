// Where pages are, and the way there.
export const tabs = ['home', 'search', 'mine'] as const

export function go(page: string, query = '') {
  const url = `/pages/${page}/index`
  if ((tabs as readonly string[]).includes(page)) uni.switchTab({ url })
  else uni.navigateTo({ url: query ? `${url}?${query}` : url })
}
