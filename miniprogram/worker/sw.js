// Keeps the web client's own files on the device, so that it opens without a network. What the service answers is never
// kept. scripts/worker.mjs writes the version and the files of a build into it.
const files = new Set(['FILES'])
const kept = 'xinyi-VERSION'
const screen = /^\/(pages\/[a-z]+\/index)?$/
/** A network that does not answer by then is none: the page in hand is shown. */
const patience = 3_000

self.addEventListener('install', (ev) => ev.waitUntil(caches.open(kept).then((cache) => cache.addAll([...files]))))

// It comes when no page of another build is open any more; then nobody needs that build's files.
self.addEventListener('activate', (ev) => ev.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith('xinyi-') && name !== kept) await caches.delete(name)
  await self.clients.claim()
})()))

self.addEventListener('fetch', (ev) => {
  const { request } = ev
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (request.mode === 'navigate' && screen.test(pathname)) ev.respondWith(newest(request))
  else if (pathname !== '/' && files.has(pathname)) ev.respondWith(mine(pathname).then((file) => file ?? fetch(request)))
})

const mine = async (pathname) => (await caches.open(kept)).match(pathname)

async function newest(request) {
  const asked = fetch(request)
  const late = new Promise((done) => setTimeout(done, patience)).then(() => mine('/')).then((page) => page ?? asked)
  try {
    return await Promise.race([asked, late])
  } catch (e) {
    const page = await mine('/')
    if (page) return page
    throw e
  }
}
