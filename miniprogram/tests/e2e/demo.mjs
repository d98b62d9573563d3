// A demo of its own on a free port with data of its own; XINYI names another program than make client-e2e builds.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

const free = () => new Promise((done) => { const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)) }) })

export async function startDemo() {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'xinyi-e2e-'))
  const log = path.join(data, 'serve.log')
  const out = fs.openSync(log, 'w')
  for (let tries = 1; ; tries++) {
    const base = `http://127.0.0.1:${await free()}`
    const server = spawn(process.env.XINYI ?? '../bin/xinyi-e2e', ['serve', '--demo', '--data', path.join(data, 'demo'), '--listen', base.slice(7)], { stdio: ['ignore', out, out] })
    let ended = false
    const end = new Promise((done) => server.on('exit', () => { ended = true; done() }))
    const stop = async () => { server.kill(); await end; fs.rmSync(data, { recursive: true, force: true }) }
    while (!ended) {
      if (await fetch(`${base}/readyz`).then((r) => r.ok, () => false)) return { base, data: path.join(data, 'demo'), log, stop }
      await new Promise((done) => setTimeout(done, 50))
    }
    const said = fs.readFileSync(log, 'utf8')
    if (tries < 3 && said.includes('address already in use')) continue // somebody else was given the same free port
    fs.rmSync(data, { recursive: true, force: true })
    throw new Error(`the demo did not start:\n${said.slice(-2000)}`)
  }
}
