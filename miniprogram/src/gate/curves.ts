// Signatures without WebCrypto: WeChat has none, and browsers of before 2025 have no Ed25519.
import { ed25519 } from '@noble/curves/ed25519'
import { p256 } from '@noble/curves/p256'
import { sha256 } from '@noble/hashes/sha2'
import type { PublicJWK, Signer } from '../../../api/passverify/passverify.mjs'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The 32 bytes of a coordinate in base64url. */
export function coordinate(text: string): Uint8Array {
  const out = new Uint8Array(32)
  let bits = 0, at = 0
  Array.from(text).forEach((c, i) => {
    bits = ((bits << 6) | alphabet.indexOf(c)) & 0xffff
    if (i % 4) out[at++] = bits >> (6 - 2 * (i % 4))
  })
  if (text.length !== 43 || at !== 32) throw new Error('length of a key')
  return out
}

// The curves throw at points that are none; such a signature is simply not good.
const judged = (judge: () => boolean) => { try { return judge() } catch { return false } }

export const signer: Signer = {
  async EdDSA({ x }: PublicJWK) {
    const key = coordinate(x)
    return async (message, signature) => judged(() => ed25519.verify(signature, message, key, { zip215: false }))
  },
  async ES256({ x, y }: PublicJWK) {
    const key = p256.ProjectivePoint.fromAffine({ x: big(coordinate(x)), y: big(coordinate(y ?? '')) })
    key.assertValidity()
    const raw = key.toRawBytes()
    return async (message, signature) => judged(() => p256.verify(signature, sha256(message), raw, { lowS: false }))
  },
}

const big = (bytes: Uint8Array) => BigInt('0x' + Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(''))
