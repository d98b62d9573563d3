// Judges each pass on standard input for argv[2] seconds and prints the microseconds of one.
import { readFileSync } from 'node:fs'
import { open } from './passverify.mjs'

const took = []
for (const p of JSON.parse(readFileSync(0, 'utf8'))) {
  const bundle = await open(JSON.stringify(p.bundle), p.at)
  let n = 0
  const began = performance.now()
  while (performance.now() - began < process.argv[2] * 1000) {
    const got = await bundle.verify(p.text, p.site, p.at)
    if (got.result !== 'pass') throw new Error(`the pass of ${p.alg} is refused: ${got.reason}`)
    n++
  }
  took.push(((performance.now() - began) * 1000) / n)
}
console.log(JSON.stringify(took))
