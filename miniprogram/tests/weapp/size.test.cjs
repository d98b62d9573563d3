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
  assert.deepEqual(files.filter((f) => /jsqr|reader-h5|a11y-h5|worker-h5|sw\.js/i.test(f)), [])
})

// uni-app defines these itself, on wx and as globals.
const defined = new Set(['createApp', 'createPage', 'createComponent', 'createPluginApp', 'createSubpackageApp', 'createMiniProgramApp'])
// uni-app and the curves ask for these with typeof and do without; our own code has none of them.
const asked = new Set(['crypto', 'window', 'self', 'process', 'HTMLElement', 'Element', 'SVGElement', 'navigator', 'uni', 'my', 'performance', 'document', 'TextEncoder', 'TextDecoder', 'atob',
  '$onErrorHandlers', '__uni_console__', '__uni_console_warned__'])

test('no call that WeChat does not have, and no browser', () => {
  // The compiler knows WeChat's calls and globals, and no others.
  const program = ts.createProgram(files.filter((f) => f.endsWith('.js')).map((f) => path.join(root, f)),
    { allowJs: true, checkJs: true, noEmit: true, target: ts.ScriptTarget.ES2020, lib: ['lib.es2020.d.ts'], types: ['miniprogram-api-typings'], module: ts.ModuleKind.CommonJS, skipLibCheck: true })
  const unknown = new Map()
  for (const file of program.getSourceFiles().filter((f) => f.fileName.startsWith(root))) {
    for (const d of program.getSemanticDiagnostics(file)) {
      const text = ts.flattenDiagnosticMessageText(d.messageText, ' ')
      const name = /^Cannot find name '([^']+)'/.exec(text)?.[1] ?? /^Property '([^']+)' does not exist on type 'Wx'/.exec(text)?.[1]
      const at = path.relative(root, file.fileName)
      if (name && !defined.has(name) && !(at === 'common/vendor.js' && asked.has(name))) unknown.set(name, at)
    }
  }
  assert.deepEqual([...unknown], [])
})
