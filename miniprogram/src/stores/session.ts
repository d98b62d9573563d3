// Who is signed in. Tokens only: names, numbers and files stay in memory of the page that shows them.
import { reactive } from 'vue'
import { bindIdentity, getMe, refreshTokens, signInStaff, signInWechat, type Me, type Role, type TokenPair } from '@/api/client'
import { carry, isWeapp, send, type Problem } from '@/api/send'
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

// In a browser the sign-in ends with the tab, and two tabs never share a refresh token.
const shelf = process.env.UNI_PLATFORM === 'h5'
  ? {
      get: () => sessionStorage.getItem('signin') ?? '',
      set: (v: string) => (v ? sessionStorage.setItem('signin', v) : sessionStorage.removeItem('signin')),
    }
  : {
      get: () => String(uni.getStorageSync('signin') || ''),
      set: (v: string) => (v ? uni.setStorageSync('signin', v) : uni.removeStorageSync('signin')),
    }

function take(pair: TokenPair) {
  accessToken = pair.accessToken
  refreshToken = pair.refreshToken
  session.roles = pair.user.roles
  session.verified = pair.user.verified
  shelf.set(refreshToken)
}

function drop() {
  accessToken = refreshToken = ''
  Object.assign(session, { roles: [], verified: false, me: null })
  shelf.set('')
  forgetPasses()
  uni.removeStorageSync('gate.bundle') // a gate's next sign-in begins with a bundle of its own
}

/** All who meet an expired token wait for one renewal: a refresh token works once. */
function renew(): Promise<boolean> {
  if (!refreshToken) return Promise.resolve(false)
  renewing ??= refreshTokens({ body: { refreshToken } })
    .then((pair) => { take(pair); return true })
    .catch((e: Problem) => { if (e.status === 401) drop(); return false })
    .finally(() => { renewing = null })
  return renewing
}

async function meet() {
  if (isRole('citizen')) session.me = await getMe()
}

let restoring: Promise<void> | null = null

export function restoreSession(): Promise<void> {
  restoring ??= (async () => {
    carry({ token: () => accessToken, renew })
    refreshToken = shelf.get()
    if (refreshToken && (await renew())) await meet().catch(() => undefined)
    else if (isWeapp && !refreshToken && !uni.getStorageSync(gone)) await signInSilently().catch(() => undefined)
    session.ready = true
    session.waiting = !!refreshToken && !accessToken
    if (session.waiting) restoring = null // no network: the next screen tries again
  })()
  return restoring
}

const gone = 'signedout' // signed out on purpose: nobody is signed in again behind their back

/** Inside WeChat a citizen is known without asking; whoever cannot be reached may still press the button. */
export async function signInSilently() {
  const { code } = await new Promise<{ code: string }>((resolve, reject) => uni.login({ success: resolve, fail: reject }))
  await signInCitizen(code)
}

export async function signInCitizen(code: string) {
  drop()
  if (isWeapp) uni.removeStorageSync(gone)
  take(await signInWechat({ body: { code } }))
  await meet()
}

export async function signInWorker(username: string, password: string) {
  drop()
  take(await signInStaff({ body: { username, password } }))
}

/** Signed out here at once and in any case; the server is told with what the sign-in had. */
export async function leave() {
  let token = accessToken
  const body = { refreshToken }
  drop()
  if (isWeapp) uni.setStorageSync(gone, '1')
  if (!body.refreshToken) return
  const renewed = async () => { token = (await refreshTokens({ body })).accessToken; return true }
  await send('POST', '/v1/auth/logout', { body }, { token: () => token, renew: renewed }).catch(() => undefined)
}

/** Binds the real name; the account has it from now on, the token after its next renewal. */
export async function bindName(body: { name: string; idNo: string }, idempotencyKey: string): Promise<Me> {
  const me = await bindIdentity({ body, idempotencyKey })
  session.me = me
  session.verified = me.verified
  await renew()
  return me
}
