// Keeps the web client on the device (worker/sw.js), so that it opens without a network.
const after = 2_000 // ms: the first screen has the network for itself

export function keepOnDevice() {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const keep = () => setTimeout(() => navigator.serviceWorker.register('/sw.js').catch(() => undefined), after) // without it everything works but this
  if (document.readyState === 'complete') keep()
  else addEventListener('load', keep, { once: true })
}
