// The gate's desk of this device, made once: server calls, storage and the verifier.
import { checkPass, getGateBundle, redeemPass, reverseRedemption, uploadRedemptions } from '@/api/client'
import { newKey } from '@/api/send'
import { zh } from '@/texts/zh'
import { GateDesk } from './desk'

let made: GateDesk | null = null

export function gateDesk(): GateDesk {
  made ??= new GateDesk({
    now: () => Date.now(),
    shelf: {
      get: (name) => String(uni.getStorageSync(name) || ''),
      set: (name, value) => (value ? uni.setStorageSync(name, value) : uni.removeStorageSync(name)),
    },
    redeem: (pass, key) => redeemPass({ body: { pass }, idempotencyKey: key }),
    check: (pass) => checkPass({ body: { pass } }),
    reverse: (no) => reverse(no, zh['gate.reason.mistake']),
    upload: (body, key) => uploadRedemptions({ body, idempotencyKey: key }),
    bundle: () => getGateBundle(),
    async open(text, now) {
      const { open, signer } = await import('./verifier')
      return open(text, now, signer)
    },
    after: (ms) => new Promise((done) => setTimeout(done, ms)),
    newKey,
  })
  return made
}

/** One redemption is reversed once, however often it is asked for. */
export const reverse = (no: string, reason: string) => reverseRedemption({ path: { no }, body: { reason }, idempotencyKey: `reverse-${no}` })
