// Types of passverify.mjs.
export interface PublicJWK { kty: string; crv: string; x: string; y?: string }
type Verify = (message: Uint8Array, signature: Uint8Array) => Promise<boolean>
export interface Signer { EdDSA(jwk: PublicJWK): Promise<Verify>; ES256(jwk: PublicJWK): Promise<Verify> }

/** Why a bundle was refused, in one word. */
export class BundleError extends Error {
  /** What the bundle says of itself, once its signature was found good. */
  readonly number?: number
  readonly issuedAt?: number
}

export interface VerifiedPass {
  result: 'pass' | 'standard' | 'retry'
  /** For the log only; '' for a good pass. */
  reason: string
  /** Names the pass; '' unless it is good. Accept each once. */
  id: string
  benefitCode: string
  payPercent: number
  /** In 分, where it is known: what the holder and the companions pay together. */
  payFen?: number
  kind: number
  /** How many come with the holder. */
  companions: number
  holderMasked: string
}

/** What a benefit gives. */
export interface Rule { benefitCode: string; title: string; siteId?: string; valueType: string; value: number; unit?: string; basePriceFen?: number }

export class Bundle {
  readonly number: number
  /** Seconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly sites: string[]
  readonly rules: Rule[]
  update(text: string, now?: number): Promise<Bundle>
  verify(text: string, site: string, at?: number): Promise<VerifiedPass>
}

export function open(text: string, now?: number | null, crypto?: Signer): Promise<Bundle>
