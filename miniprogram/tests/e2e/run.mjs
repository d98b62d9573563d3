// Starts a demo of its own on a free port with data of its own, runs the paths, and ends it.
// The gate uses passes up, so what only shows them goes first. Pictures of every screen go to out/shots (or SHOTS). Arguments name single paths.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

process.env.CHROMIUM ??= ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((f) => fs.existsSync(f)) ?? ''
if (!process.env.CHROMIUM) {
  console.log('skipped the browser tests: no Chromium (Debian: apt-get install chromium fonts-noto-cjk), or set CHROMIUM')
  process.exit(0)
}
process.env.SHOTS ??= path.resolve('out/shots')
fs.mkdirSync(process.env.SHOTS, { recursive: true })
const free = () => new Promise((done) => { const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)) }) })
const data = fs.mkdtempSync(path.join(os.tmpdir(), 'xinyi-e2e-'))
const base = `http://127.0.0.1:${await free()}`
const log = fs.openSync(path.join(data, 'serve.log'), 'w')
const server = spawn('../bin/xinyi-e2e', ['serve', '--demo', '--data', path.join(data, 'demo'), '--listen', base.slice(7)], { stdio: ['ignore', log, log] })
let ended = false
const end = new Promise((done) => server.on('exit', () => { ended = true; done() }))
try {
  for (let i = 0; ; i++) {
    if (await fetch(`${base}/readyz`).then((r) => r.ok, () => false)) break
    if (ended || i > 300) throw new Error(`the demo did not start:\n${fs.readFileSync(path.join(data, 'serve.log'), 'utf8').slice(-2000)}`)
    await new Promise((done) => setTimeout(done, 200))
  }
  Object.assign(process.env, { BASE: base, DATA: path.join(data, 'demo') })
  for (const name of process.argv.length > 2 ? process.argv.slice(2) : ['citizen', 'open', 'networks', 'gate', 'clerk', 'looks']) await import(`./${name}.mjs`)
} catch (e) {
  console.error(e)
  process.exitCode = 1
} finally {
  server.kill()
  await end
  fs.rmSync(data, { recursive: true, force: true })
}
