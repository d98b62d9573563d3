// What WeChat would refuse or warn of: sizes, and calls that a mini-program does not have.
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const test = require('node:test')
const ts = require('typescript')

const root = path.resolve(__dirname, '../../dist/build/mp-weixin')
const files = fs.readdirSync(root, { recursive: true }).map(String).filter((f) => fs.statSync(path.join(root, f)).isFile())
const size = (list) => list.reduce((n, f) => n + fs.statSync(path.join(root, f)).size, 0)

test('the main package stays below 1.5 MB, all below 4 MB', () => {
  const parts = (JSON.parse(fs.readFileSync(path.join(root, 'app.json'), 'utf8')).subPackages ?? []).map((p) => p.root)
  const main = size(files.filter((f) => !parts.some((p) => f.startsWith(p))))
  console.log(`main package ${(main / 1024).toFixed(0)} KiB, total ${(size(files) / 1024).toFixed(0)} KiB`)
  assert.ok(main <= 1.5e6 && size(files) <= 4e6)
})

test('nothing of the web build comes along', () => {
  assert.deepEqual(files.filter((f) => /jsqr|reader-h5|a11y-h5/i.test(f)), [])
})

// Names that are nowhere defined, asked of the compiler with the globals of a mini-program only.
const globals = `
declare var wx: WechatMiniprogram.Wx
declare var App: any, Page: any, Component: any, Behavior: any, getApp: any, getCurrentPages: any, require: any, exports: any, module: any, global: any, globalThis: any
declare var console: any, setTimeout: any, clearTimeout: any, setInterval: any, clearInterval: any, __wxConfig: any
`
// Asked for with typeof first by what uni-app and the curves bring along, and done without.
const guarded = new Set(['crypto', 'window', 'self', 'process', 'HTMLElement', 'Element', 'SVGElement', 'navigator', 'my', 'tt', 'qq', 'swan', 'ks', 'jd', 'uni', 'getPrefetchDataFile', 'requestAnimationFrame', 'performance', 'document', 'TextEncoder', 'TextDecoder'])

test('no call that WeChat does not have, and no browser', () => {
  const host = { 'globals.d.ts': globals }
  const options = { allowJs: true, checkJs: true, noEmit: true, noResolve: false, target: ts.ScriptTarget.ES2020, lib: ['lib.es2020.d.ts'], types: ['miniprogram-api-typings'], module: ts.ModuleKind.CommonJS, skipLibCheck: true }
  const disk = ts.createCompilerHost(options)
  const io = { ...disk,
    getSourceFile: (f, v) => (host[f] ? ts.createSourceFile(f, host[f], v) : disk.getSourceFile(f, v)), fileExists: (f) => f in host || disk.fileExists(f), readFile: (f) => host[f] ?? disk.readFile(f) }
  const program = ts.createProgram([...files.filter((f) => f.endsWith('.js')).map((f) => path.join(root, f))], options, io)
  const unknown = new Map()
  for (const file of program.getSourceFiles().filter((f) => f.fileName.startsWith(root))) {
    for (const d of program.getSemanticDiagnostics(file)) {
      const text = ts.flattenDiagnosticMessageText(d.messageText, ' ')
      const name = /^Cannot find name '([^']+)'/.exec(text)?.[1] ?? /^Property '([^']+)' does not exist on type 'Wx'/.exec(text)?.[1]
      if (name) unknown.set(name, [...(unknown.get(name) ?? []), path.relative(root, file.fileName)])
    }
  }
  for (const name of guarded) unknown.delete(name)
  assert.deepEqual([...unknown], [])
})
