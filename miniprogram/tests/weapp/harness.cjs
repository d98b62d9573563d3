// Runs the compiled mini-program (dist/build/mp-weixin) in jsdom through WeChat's own exparser and
// wcc. No navigation, no layout and no real wx: what a page renders, asks and answers to a tap.
const fs = require('node:fs')
const path = require('node:path')
const { JSDOM } = require('jsdom')

const root = path.resolve(__dirname, '../../dist/build/mp-weixin')
const dom = new JSDOM('<!doctype html><body></body>', { url: 'https://mp.test/', pretendToBeVisual: true })
for (const k of ['window', 'document', 'Element', 'Event', 'CustomEvent', 'HTMLElement', 'Node', 'Text', 'DocumentFragment', 'MutationObserver', 'TouchEvent', 'UIEvent']) {
  Object.defineProperty(globalThis, k, { value: k === 'window' ? dom.window : dom.window[k], configurable: true, writable: true })
}
for (const tool of ['wcc', 'wcsc']) fs.chmodSync(require.resolve(`miniprogram-compiler/bin/linux/${tool}`), 0o755) // npm does not run its install script
const simulate = require('miniprogram-simulate')

const info = { platform: 'devtools', SDKVersion: '3.8.0', language: 'zh_CN', model: 'x', system: 'iOS 17', windowWidth: 390, windowHeight: 844, screenWidth: 390, screenHeight: 844, pixelRatio: 2, brand: 'x', version: '8.0.50', theme: 'light', fontSizeSetting: 17, fontSizeScaleFactor: 1 }
const methods = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT'] // all that wx.request knows
const storage = new Map()
let app
exports.root = root
exports.sleep = simulate.sleep
exports.calls = []

/** Starts the app; answers are {'GET /v1/x': (request) => body}, and what is not named fails. */
exports.boot = (answers) => {
  const get = () => info
  const nothing = () => undefined
  globalThis.App = (o) => { app = o; o.onLaunch?.({ path: 'pages/home/index', query: {} }) }
  globalThis.getApp = () => app
  globalThis.Page = nothing
  globalThis.getCurrentPages = () => []
  Object.assign(globalThis.wx, {
    canIUse: () => false, getSystemInfoSync: get, getAppBaseInfo: get, getDeviceInfo: get, getWindowInfo: get, getSystemSetting: get, getAppAuthorizeSetting: get,
    getLaunchOptionsSync: () => ({ path: 'pages/home/index', query: {} }), getEnterOptionsSync: () => ({ query: {} }), getAccountInfoSync: () => ({ miniProgram: { appId: 'wxTEST', envVersion: 'develop' } }),
    onAppShow: nothing, onAppHide: nothing, onError: nothing, onUnhandledRejection: nothing, onThemeChange: nothing, onPageNotFound: nothing, stopPullDownRefresh: nothing,
    setNavigationBarTitle: nothing, setTabBarItem: nothing, onNetworkStatusChange: nothing, offNetworkStatusChange: nothing, vibrateShort: nothing, vibrateLong: nothing,
    getStorageSync: (k) => storage.get(k) ?? '', setStorageSync: (k, v) => storage.set(k, v), removeStorageSync: (k) => storage.delete(k),
    navigateTo(o) { exports.calls.push(`navigate ${o.url}`) }, switchTab(o) { exports.calls.push(`navigate ${o.url}`) },
    login(o) { o.success({ code: 'wx-code' }) },
    scanCode(o) { o.success({ result: 'XY1:SCANNED' }) },
    request(o) {
      if (!methods.includes(o.method ?? 'GET')) throw new Error(`wx.request has no ${o.method}`)
      const at = `${o.method ?? 'GET'} ${new URL(o.url).pathname}`
      exports.calls.push(at)
      queueMicrotask(() => {
        const answer = answers[at]?.(o)
        if (answer === undefined) o.fail({ errMsg: `request:fail ${at}` })
        else o.success({ statusCode: 200, data: answer, header: {} })
        o.complete?.()
      })
      return {}
    },
  })
  require(path.join(root, 'app.js'))
}

/** Opens a page and lets it settle. */
exports.open = async (page, query = {}) => {
  const component = simulate.render(simulate.load(path.join(root, `pages/${page}/index`), { rootPath: root }))
  const box = document.createElement('div')
  document.body.appendChild(box)
  component.attach(box)
  component.instance.onLoad?.(query)
  component.instance.onShow?.()
  component.instance.onReady?.()
  await simulate.sleep(60)
  return component
}

/** Waits until something holds. */
exports.until = async (holds, what) => {
  for (let i = 0; !holds(); i++) {
    if (i === 200) throw new Error(what)
    await simulate.sleep(50)
  }
}

const exparser = require('miniprogram-exparser')
/** Taps the innermost node with these words. */
exports.tap = async (page, words) => {
  const hit = [...page.dom.querySelectorAll('*')].reverse().find((e) => e.__wxElement && e.textContent.trim() === words)
  if (!hit) throw new Error(`${words} is not on the page: ${page.dom.textContent}`)
  exparser.Event.dispatchEvent(hit.__wxElement, exparser.Event.create('tap', {}, { bubbles: true, capturePhase: true, composed: true, extraFields: { touches: {}, changedTouches: {} } }))
  await simulate.sleep(80)
}
