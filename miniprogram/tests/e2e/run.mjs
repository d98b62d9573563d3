// Runs the walks, a few at a time, each in a process and a browser of its own against a demo of its own, so that none
// meets what another did. Pictures of every screen go to out/shots (or SHOTS). Arguments name single walks.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { startDemo } from './demo.mjs'

process.env.CHROMIUM ??= ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((f) => fs.existsSync(f)) ?? ''
if (!process.env.CHROMIUM) {
  console.log('skipped the browser tests: no Chromium (Debian: apt-get install chromium fonts-noto-cjk), or set CHROMIUM')
  process.exit(0)
}
if (!process.env.SHOTS && process.argv.length < 3) fs.rmSync('out/shots', { recursive: true, force: true })
const shots = process.env.SHOTS ??= path.resolve('out/shots')
fs.mkdirSync(shots, { recursive: true })

// The longest first.
const all = ['open', 'looks normal', 'looks elder', 'looks huge', 'looks dark', 'looks english', 'gate', 'networks', 'clerk', 'citizen', 'reload']
const named = process.argv.slice(2)
const walks = named.length ? named : all
const lanes = Math.min(walks.length, os.cpus().length + 1)

async function one(name) {
  const { base, data, log, stop } = await startDemo()
  try {
    const [file, ...args] = name.split(' ')
    const walk = spawn(process.execPath, [new URL(`./${file}.mjs`, import.meta.url).pathname, ...args], { stdio: 'inherit', env: { ...process.env, BASE: base, DATA: data } })
    const code = await new Promise((done) => walk.on('exit', done))
    if (code === 0) return
    fail(name)
    fs.copyFileSync(log, path.join(shots, `fault-${path.basename(name)}.log`))
  } finally {
    await stop()
  }
}
function fail(name) {
  failed.push(name)
  process.exitCode = 1
}
const began = Date.now()
const failed = []
const queue = [...walks]
await Promise.all(Array.from({ length: lanes }, async () => { while (queue.length) {
    const name = queue.shift()
    await one(name).catch((e) => { console.error(e); fail(name) })
  }
}))
console.log(`e2e: ${walks.length} walks in ${((Date.now() - began) / 1000).toFixed(1)} s${failed.length ? `, failed: ${failed.join(', ')}` : ''}`)
