// Writes sw.js beside the web build: worker/sw.js with the files of this build and its version.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

/** The worker for a build: files is [path below the root, content]. */
export function worker(source, files) {
  const own = files.filter(([name]) => name !== 'sw.js' && !/\.(br|gz)$/.test(name)).sort(([a], [b]) => (a < b ? -1 : 1))
  const sum = crypto.createHash('sha256').update(source)
  for (const [name, content] of own) sum.update(name).update('\0').update(crypto.createHash('sha256').update(content).digest())
  const names = own.map(([name]) => (name === 'index.html' ? '/' : `/${name}`))
  return source.replace("['FILES']", JSON.stringify(names)).replace('VERSION', sum.digest('hex').slice(0, 16))
}

const root = process.argv[2]
if (root) {
  const files = fs.readdirSync(root, { recursive: true }).map(String).filter((f) => fs.statSync(path.join(root, f)).isFile() && !path.basename(f).startsWith('.'))
  const source = fs.readFileSync(new URL('../worker/sw.js', import.meta.url), 'utf8')
  fs.writeFileSync(path.join(root, 'sw.js'), worker(source, files.map((f) => [f.replaceAll(path.sep, '/'), fs.readFileSync(path.join(root, f))])))
}
