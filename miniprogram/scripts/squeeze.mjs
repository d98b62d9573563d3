// Lays a .br and a .gz beside each file of the web build that gains by it; the server hands them out.
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'

const root = process.argv[2]
for (const entry of fs.readdirSync(root, { recursive: true })) {
  const file = path.join(root, entry)
  if (!/\.(html|js|css|svg|json)$/.test(file)) continue
  const plain = fs.readFileSync(file)
  const squeezed = {
    '.br': zlib.brotliCompressSync(plain, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }),
    '.gz': zlib.gzipSync(plain, { level: 9 }),
  }
  for (const [suffix, bytes] of Object.entries(squeezed)) if (bytes.length < plain.length * 0.9) fs.writeFileSync(file + suffix, bytes)
}
