// Who is signed in. Tokens only: names, numbers and files stay in memory of the page that shows them.
import { reactive } from 'vue'
import { bindIdentity, getMe, refreshTokens, signInStaff, signInWechat, type Me, type Role, type TokenPair } from '@/api/client'
import { carry, isWeapp, offline, send, undecided, type Problem } from '@/api/send'
import { forgetPasses } from './pass'

interface Session {
  roles: Role[]
  verified: boolean
  me: Me | null
  ready: boolean
  /** Signed in before, but there is no network to hear as whom. */
  waiting: boolean
}

export const session = reactive<Session>({ roles: [], verified: false, me: null, ready: false, waiting: false })
export const isRole = (role: Role) => session.roles.includes(role)

let accessToken = ''
let refreshToken = ''
let renewing: Promise<boolean> | null = null
let epoch = 0 // of the sign-in: what was asked for in an earlier one is not kept

// In a browser the sign-in ends with the tab, and two tabs never share a refresh token.
const tab = process.env.UNI_PLATFORM === 'h5' ? sessionStorage : null
const kept = (name: string) => ({
  get: (): string => (tab ? tab.getItem(name) : uni.getStorageSync(name)) || '',
  set(v: string) {
    if (tab) v ? tab.setItem(name, v) : tab.removeItem(name)
    else v ? uni.setStorageSync(name, v) : uni.removeStorageSync(name)
  },
})
const shelf = kept('signin')

// Whose passes the tab keeps, and whose bundle the device: who signs in as another finds neither.
const holder = kept('whose')
const gateUser = 'gate.whose'

function belongTo(id: string) {
  if (holder.get() !== id) { forgetPasses(); session.me = null; holder.set(id) }
  if (uni.getStorageSync(gateUser) !== id) { uni.removeStorageSync('gate.bundle'); uni.setStorageSync(gateUser, id) }
}

function take(pair: TokenPair) {
  belongTo(pair.user.id)
  accessToken = pair.accessToken
  refreshToken = pair.refreshToken
  session.roles = pair.user.roles
  session.verified = pair.user.verified
  session.waiting = false
  shelf.set(refreshToken)
}

/** The sign-in is over. A pass in hand can be shown all the same, and a gate judges on by its bundle when its user is back. */
function drop() {
  accessToken = refreshToken = ''
  renewing = null
  epoch++
  Object.assign(session, { roles: [], verified: false, me: null, waiting: false })
  shelf.set('')
}

/** All who meet an expired token wait for one renewal: a refresh token works once. Without an answer nothing is over. */
function renew(): Promise<boolean> {
  if (!refreshToken) return Promise.resolve(false)
  const run: Promise<boolean> = (renewing ??= renewed().finally(() => { if (renewing === run) renewing = null }))
  return run
}

async function renewed(): Promise<boolean> {
  const mine = epoch
  try {
    const pair = await refreshTokens({ body: { refreshToken } }).catch((e: Problem) => {
      if (undecided(e)) throw e
      return isWeapp && mine === epoch && !uni.getStorageSync(gone) ? askWeChat() : Promise.reject(e) // WeChat knows a citizen again
    })
    if (mine !== epoch) return false
    take(pair)
    return true
  } catch (e) {
    if (mine !== epoch) return false
    if (undecided(e as Problem)) throw e
    drop()
    return false
  }
}

async function meet() {
  if (!isRole('citizen')) return
  const mine = epoch
  const me = await getMe()
  if (mine === epoch) session.me = me
}

let restoring: Promise<void> | null = null

export function restoreSession(): Promise<void> {
  restoring ??= (async () => {
    carry({ token: () => accessToken, renew })
    refreshToken = shelf.get()
    if (refreshToken) { if (await renew().catch(() => false)) await meet().catch(() => undefined) }
    else if (isWeapp && !uni.getStorageSync(gone)) await signInSilently().catch(() => undefined)
    session.ready = true
    session.waiting = !!refreshToken && !accessToken
    if (session.waiting) restoring = null // no network: the next screen tries again
  })()
  return restoring
}

const gone = 'signedout' // signed out on purpose, or in as a worker: nobody is signed in as a citizen behind their back

/** A code by which the server learns from WeChat who this is; it is good once. */
export const wechatCode = () => new Promise<string>((resolve, reject) => uni.login({ success: ({ code }) => resolve(code), fail: () => reject(offline()) }))

const askWeChat = async (): Promise<TokenPair> => signInWechat({ body: { code: await wechatCode() } })

/** Signs in; what was there before stays until the answer. */
async function enter(pair: TokenPair) {
  drop()
  take(pair)
  await meet()
}

/** Inside WeChat a citizen is known without asking; whoever cannot be reached may still press the button. */
export async function signInSilently() {
  const mine = epoch
  const pair = await askWeChat()
  if (mine !== epoch && accessToken) return // signed in by hand meanwhile
  uni.removeStorageSync(gone)
  await enter(pair)
}

export async function signInCitizen(code: string) {
  await enter(await signInWechat({ body: { code } }))
}

export async function signInWorker(username: string, password: string) {
  await enter(await signInStaff({ body: { username, password } }))
  if (isWeapp) uni.setStorageSync(gone, '1')
}

/** Signed out here at once and in any case; the server is told with what the sign-in had. */
export async function leave() {
  let token = accessToken
  const body = { refreshToken }
  drop()
  belongTo('')
  if (isWeapp) uni.setStorageSync(gone, '1')
  if (!body.refreshToken) return
  const renewed = async () => { token = (await refreshTokens({ body })).accessToken; return true }
  await send('POST', '/v1/auth/logout', { body }, { token: () => token, renew: renewed }).catch(() => undefined)
}

/** Binds the real name; the account has it from now on, the token after its next renewal. */
export async function bindName(body: { name: string; idNo: string }, idempotencyKey: string): Promise<Me> {
  const mine = epoch
  const me = await bindIdentity({ body, idempotencyKey })
  if (mine !== epoch) return me
  session.me = me
  session.verified = me.verified
  await renew().catch(() => false) // the next call renews again
  return me
}
