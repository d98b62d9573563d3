// Judges benefit passes (通行码) at a gate without a network: the same as the Go package in
// this folder, for browsers, Node.js and mini-programs. No dependencies; Ed25519 and ES256 are
// WebCrypto's, SM2 is here. The format is docs/pass-format.md.
//
//   const bundle = await open(text)              // answer of GET /v1/gate/bundle
//   const next = await bundle.update(text)       // a newer one; throws if it is not to be used
//   const pass = await bundle.verify(code, site) // {result: pass | standard | retry, …}
//
// Where there is no WebCrypto (WeChat), give open a signer of your own; the bundle and its
// updates keep it: {EdDSA(jwk), ES256(jwk)} → async (message, signature) => boolean.

const BUNDLE = 'xinyi-gate-bundle/1';
const SKEW = 5; // seconds
const ALGS = { EdDSA: -8, ES256: -7 }; // SM2 has no COSE number: its passes carry none

/** Why a bundle was refused; number and issuedAt are what it says, once its signature was found good. */
export class BundleError extends Error {
  constructor(code, { number, issuedAt } = {}) {
    super(code);
    this.number = number;
    this.issuedAt = issuedAt;
  }
}

/** Opens the first bundle of a device: it is trusted because of the connection it came over.
 *  A stored one is opened with now = null in order to update it: it may have expired. */
export const open = (text, now = Date.now(), crypto = webCrypto) => openBundle(text, null, now, crypto);

async function openBundle(text, trusted, now, crypto) {
  let signed, p, keys, revoked;
  try {
    if (text.length > 1 << 20) throw 0;
    signed = JSON.parse(text);
    p = JSON.parse(utf8(unbase64(signed.payload)));
    if (p.type !== BUNDLE || !Number.isSafeInteger(p.number) || p.number < 1) throw 0;
    keys = await publicKeys(p.keys, crypto);
    revoked = decodePlaces(p.revoked);
  } catch {
    throw new BundleError('bundle_malformed');
  }
  let good = false;
  for (const s of signed.signatures ?? []) good ||= await signatureGood(trusted ?? keys, s, signed.payload);
  if (!good) throw new BundleError('bundle_signature');
  if (now === null) return new Bundle(p, keys, revoked, crypto);
  if (now < (p.issuedAt - SKEW) * 1000) throw new BundleError('bundle_future', p);
  if (now >= p.expiresAt * 1000) throw new BundleError('bundle_expired', p);
  return new Bundle(p, keys, revoked, crypto);
}

async function signatureGood(trusted, { protected: head, signature }, payload) {
  try {
    const h = JSON.parse(utf8(unbase64(head)));
    const key = trusted.get(h.kid);
    return h.typ === BUNDLE && key !== undefined && key.alg === h.alg && (await key.verify(ascii(head + '.' + payload), unbase64(signature)));
  } catch {
    return false;
  }
}

async function publicKeys(list, crypto) {
  const keys = new Map();
  for (const { kid, alg, jwk, notBefore = 0, notAfter = 0 } of list) {
    if (!/^[0-9a-f]{8}$/.test(kid)) throw 0;
    const verify = await verifierOf(alg, jwk, crypto);
    if (verify) keys.set(kid, { alg, verify, notBefore, notAfter });
  }
  return keys;
}

async function verifierOf(alg, jwk, crypto) {
  switch (`${alg} ${jwk.kty} ${jwk.crv}`) {
    case 'EdDSA OKP Ed25519':
    case 'ES256 EC P-256': {
      const verify = await crypto[alg](jwk);
      return async (msg, sig) => sig.length === 64 && verify(msg, sig);
    }
    case 'SM2 EC SM2': {
      const point = [number(unbase64(jwk.x)), number(unbase64(jwk.y))];
      if (!onCurve(point)) throw 0;
      return async (msg, sig) => sig.length === 64 && verifySM2(point, msg, sig);
    }
  }
  return null; // of a later version
}

const webCrypto = {
  async EdDSA({ kty, crv, x }) {
    const { subtle } = globalThis.crypto;
    const key = await subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', false, ['verify']);
    return (msg, sig) => subtle.verify('Ed25519', key, sig, msg);
  },
  async ES256({ kty, crv, x, y }) {
    const { subtle } = globalThis.crypto;
    const key = await subtle.importKey('jwk', { kty, crv, x, y }, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
    return (msg, sig) => subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, sig, msg);
  },
};

/** A verified bundle. */
export class Bundle {
  #keys;
  #revoked;
  #crypto;
  constructor(p, keys, revoked, crypto) {
    this.number = p.number;
    this.issuedAt = p.issuedAt;
    this.expiresAt = p.expiresAt;
    this.sites = p.sites;
    this.rules = p.rules;
    this.#keys = keys;
    this.#revoked = revoked;
    this.#crypto = crypto;
  }

  /** Gives the next bundle; keep this one when it throws. */
  async update(text, now = Date.now()) {
    const next = await openBundle(text, this.#keys, now, this.#crypto);
    if (next.number <= this.number) throw new BundleError('bundle_rollback', next);
    return next;
  }

  /** Judges a pass shown at site; reason is for the log only. Accept each id once. */
  async verify(text, site, at = Date.now()) {
    const read = await this.#read(text);
    const reason = read.reason ?? this.#judge(read.claims, read.key, site, at);
    const c = read.claims;
    if (reason === 'wrong_site' || reason === 'unknown_benefit')
      return { result: 'standard', reason, id: '', benefitCode: c.benefit, payPercent: 100, kind: 0, companions: c.companions, holderMasked: c.masked };
    if (reason) return { result: 'retry', reason, id: '', benefitCode: '', payPercent: 100, kind: 0, companions: 0, holderMasked: '' };
    const pass = { result: 'pass', reason: '', id: hex(c.id), benefitCode: c.benefit, payPercent: c.percent, kind: c.kind, companions: c.companions, holderMasked: c.masked };
    const base = this.#rule(c.benefit, site, at).basePriceFen;
    if (base !== undefined) pass.payFen = Math.floor((base * c.percent + 50) / 100);
    if (c.fen !== undefined) pass.payFen = c.fen;
    if (pass.payFen !== undefined) pass.payFen *= 1 + c.companions;
    return pass;
  }

  async #read(text) {
    let parts, header;
    try {
      if (!text.startsWith('XY1:') || text.length > 295) throw 0;
      parts = decodeCBOR(decodeBase45(text.slice(4)));
      if (!Array.isArray(parts) || parts.length !== 4 || !(parts[1] instanceof Map) || parts[1].size) throw 0;
      if (![parts[0], parts[2], parts[3]].every((p) => p instanceof Uint8Array)) throw 0;
      header = decodeCBOR(parts[0]);
      if (!(header instanceof Map) || header.size !== (header.has(1) ? 2 : 1) || header.get(1) === 0) throw 0;
      if (header.has(1) && !Number.isInteger(header.get(1))) throw 0;
      if (!(header.get(4) instanceof Uint8Array) || header.get(4).length !== 4) throw 0;
    } catch {
      return { reason: 'format' };
    }
    const key = this.#keys.get(hex(header.get(4)));
    if (!key) return { reason: 'unknown_key' };
    if (ALGS[key.alg] !== header.get(1)) return { reason: 'algorithm' };
    const msg = concat([0x84, 0x6a], ascii('Signature1'), bstr(parts[0]), bstr(ascii('XY1:')), bstr(parts[2]));
    if (!(await key.verify(msg, parts[3]))) return { reason: 'signature' };
    try {
      return { key, claims: readClaims(decodeCBOR(parts[2])) };
    } catch {
      return { reason: 'claims' };
    }
  }

  #judge(c, key, site, at) {
    const place = ((c.id[0] << 24) | (c.id[1] << 16) | (c.id[2] << 8) | c.id[3]) >>> 0;
    if (at >= this.expiresAt * 1000) return 'bundle_expired';
    if (c.issued + SKEW < key.notBefore || (key.notAfter > 0 && c.issued > key.notAfter + SKEW)) return 'key_time';
    if (at < (c.issued - SKEW) * 1000) return 'future';
    if (c.offline === 0) return 'online_only';
    if (at >= (c.issued + c.offline) * 1000) return 'expired';
    if (this.#revoked.has(place)) return 'revoked';
    if (!this.sites.includes(site) || (c.site !== '' && c.site !== site)) return 'wrong_site';
    return this.#rule(c.benefit, site, at) ? '' : 'unknown_benefit';
  }

  #rule(code, site, at) {
    const day = new Date(at + 8 * 3600_000).toISOString().slice(0, 10); // Asia/Shanghai
    return this.rules.find((r) => r.benefitCode === code && (!r.siteId || r.siteId === site) && r.validFrom <= day && (!r.validTo || day <= r.validTo));
  }
}

function readClaims(m) {
  if (!(m instanceof Map)) throw 0;
  const left = new Set(m.keys());
  const take = (key, check, absent) => {
    left.delete(key);
    if (!m.has(key) && absent !== undefined) return absent.value;
    const v = m.get(key);
    if (!check(v)) throw 0;
    return v;
  };
  const uint = (min, max) => (v) => Number.isInteger(v) && v >= min && v <= max;
  const bytes = (min, max) => (v) => v instanceof Uint8Array && v.length >= min && v.length <= max;
  const code = (v) => typeof v === 'string' && /^[!-~]{1,23}$/.test(v);
  const c = {
    id: take(1, (v) => bytes(12, 12)(v) && v.some((b) => b !== 0)),
    benefit: take(2, code),
    percent: take(3, uint(0, 100)),
    fen: take(4, uint(0, 2 ** 32 - 1), {}),
    kind: take(5, uint(1, 3), { value: 0 }),
    masked: take(6, (v) => typeof v === 'string' && utf8Length(v) <= 12 && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(v) && !v.includes('\ufffd')),
    site: take(7, code, { value: '' }),
    issued: take(8, uint(1, 2 ** 40)),
    life: take(9, (v) => uint(1, 600)(v) && v !== 60, { value: 60 }),
    offline: take(10, uint(0, 599), { value: 600 }),
    holder: take(11, bytes(1, 24)),
    companions: take(12, uint(1, 9), { value: 0 }),
  };
  if (left.size) throw 0;
  return c;
}

// --- encodings ---

// Mini-programs have neither TextDecoder nor atob.
const utf8 = (b) => decodeURIComponent(Array.from(b, (v) => '%' + v.toString(16).padStart(2, '0')).join(''));
const utf8Length = (s) => encodeURIComponent(s).replace(/%../g, '.').length;
const ascii = (s) => Uint8Array.from(s, (c) => c.charCodeAt(0));
const hex = (b) => Array.from(b, (v) => v.toString(16).padStart(2, '0')).join('');
const number = (b) => BigInt('0x' + (hex(b) || '0'));

function concat(...parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

function unbase64(text) {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]*$/.test(text)) throw 0;
  if (text.length % 4 === 1) throw 0;
  const out = new Uint8Array((text.length * 3) >> 2);
  for (let i = 0, at = 0, bits = 0; i < text.length; i++) {
    bits = ((bits << 6) | BASE64.indexOf(text[i])) & 0xffff;
    if (i % 4) out[at++] = bits >> (6 - 2 * (i % 4));
  }
  return out;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const BASE45 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

function decodeBase45(text) {
  if (text.length % 3 === 1) throw 0;
  const out = [];
  for (let i = 0; i < text.length; i += 3) {
    const digits = Array.from(text.slice(i, i + 3), (c) => BASE45.indexOf(c));
    if (digits.includes(-1)) throw 0;
    const n = digits.reduceRight((n, d) => n * 45 + d, 0);
    if (digits.length === 3) {
      if (n > 0xffff) throw 0;
      out.push(n >> 8, n & 0xff);
    } else {
      if (n > 0xff) throw 0;
      out.push(n);
    }
  }
  return Uint8Array.from(out);
}

function bstr(b) {
  const n = b.length;
  return concat(n < 24 ? [0x40 | n] : n < 256 ? [0x58, n] : [0x59, n >> 8, n & 0xff], b);
}

// decodeCBOR reads the one deterministic encoding of what passes consist of.
function decodeCBOR(b) {
  let at = 0;
  const next = (n) => {
    if (at + n > b.length) throw 0;
    return b.subarray(at, (at += n));
  };
  const argument = (info) => {
    if (info < 24) return info;
    if (info > 27) throw 0;
    const n = Number(number(next(1 << (info - 24))));
    if (n > Number.MAX_SAFE_INTEGER || n < [24, 2 ** 8, 2 ** 16, 2 ** 32][info - 24]) throw 0;
    return n;
  };
  const item = (depth) => {
    if (depth > 4) throw 0;
    const head = next(1)[0];
    const n = argument(head & 0x1f);
    switch (head >> 5) {
      case 0: return n;
      case 1: return -1 - n;
      case 2: return next(n);
      case 3: return utf8(next(n));
      case 4:
        if (n > 16) throw 0;
        return Array.from({ length: n }, () => item(depth + 1));
      case 5: {
        if (n > 16) throw 0;
        const map = new Map();
        for (let i = 0, last = -1; i < n; i++) {
          const key = item(depth + 1);
          if (!Number.isInteger(key) || key <= last) throw 0;
          map.set((last = key), item(depth + 1));
        }
        return map;
      }
    }
    throw 0;
  };
  const v = item(0);
  if (at !== b.length) throw 0;
  return v;
}

// The revocation list: distances in base 128, low bits first.
function decodePlaces(text) {
  const b = unbase64(text);
  const places = new Set();
  for (let at = 0, place = 0; at < b.length; ) {
    let gap = 0;
    const start = at;
    for (;;) {
      if (at === b.length || at - start === 5) throw 0;
      gap += (b[at] & 0x7f) * 2 ** (7 * (at - start));
      if (b[at++] < 0x80) break;
    }
    place += gap;
    if (place > 2 ** 32 - 1 || (gap === 0 && start > 0)) throw 0;
    places.add(place);
  }
  return places;
}

// --- SM2 with SM3 (GB/T 32918.2, 32905) ---

const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const A = P - 3n;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const G = [0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n, 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n];
const mod = (v, m = P) => ((v % m) + m) % m;
const bytes32 = (v) => Uint8Array.from(v.toString(16).padStart(64, '0').match(/../g), (h) => parseInt(h, 16));
const onCurve = ([x, y]) => x < P && y < P && mod(y * y - (x * x * x + A * x + B)) === 0n;

// Points are [X, Y, Z] in Jacobian coordinates; Z = 0 is infinity.
function double([x, y, z]) {
  if (z === 0n || y === 0n) return [1n, 1n, 0n];
  const delta = mod(z * z);
  const gamma = mod(y * y);
  const beta = mod(x * gamma);
  const alpha = mod(3n * (x - delta) * (x + delta));
  const x3 = mod(alpha * alpha - 8n * beta);
  return [x3, mod(alpha * (4n * beta - x3) - 8n * gamma * gamma), mod(2n * y * z)];
}

function add(p, q) {
  if (p[2] === 0n) return q;
  if (q[2] === 0n) return p;
  const z1 = mod(p[2] * p[2]);
  const z2 = mod(q[2] * q[2]);
  const u1 = mod(p[0] * z2);
  const s1 = mod(p[1] * z2 * q[2]);
  const h = mod(q[0] * z1 - u1);
  const r = mod(q[1] * z1 * p[2] - s1);
  if (h === 0n) return r === 0n ? double(p) : [1n, 1n, 0n];
  const h2 = mod(h * h);
  const h3 = mod(h * h2);
  const v = mod(u1 * h2);
  const x3 = mod(r * r - h3 - 2n * v);
  return [x3, mod(r * (v - x3) - s1 * h3), mod(h * p[2] * q[2])];
}

function inverse(v, m) {
  let [a, b, x, y] = [mod(v, m), m, 1n, 0n];
  while (a > 1n) {
    const q = b / a;
    [a, b, x, y] = [b - q * a, a, y - q * x, x];
  }
  return mod(x, m);
}

function verifySM2(key, msg, sig) {
  const r = number(sig.subarray(0, 32));
  const s = number(sig.subarray(32));
  const t = mod(r + s, N);
  if (r < 1n || r >= N || s < 1n || s >= N || t === 0n) return false;
  const za = sm3(concat([0, 128], ascii('1234567812345678'), ...[A, B, G[0], G[1], key[0], key[1]].map(bytes32)));
  const e = number(sm3(concat(za, msg)));
  const g = [G[0], G[1], 1n];
  const q = [key[0], key[1], 1n];
  const table = [null, g, q, add(g, q)];
  let point = [1n, 1n, 0n];
  for (let i = 255n; i >= 0n; i--) {
    point = double(point);
    const which = Number(((s >> i) & 1n) | (((t >> i) & 1n) << 1n));
    if (which) point = add(point, table[which]);
  }
  if (point[2] === 0n) return false;
  const z = inverse(point[2], P);
  return mod(e + mod(point[0] * z * z), N) === r;
}

function sm3(msg) {
  const turn = (x, n) => (n % 32 === 0 ? x >>> 0 : ((x << n % 32) | (x >>> (32 - (n % 32)))) >>> 0);
  const size = Math.ceil((msg.length + 9) / 64) * 64;
  const data = new Uint8Array(size);
  data.set(msg);
  data[msg.length] = 0x80;
  const view = new DataView(data.buffer);
  view.setUint32(size - 8, Math.floor((msg.length * 8) / 2 ** 32));
  view.setUint32(size - 4, (msg.length * 8) >>> 0);
  const v = Uint32Array.of(0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e);
  const w = new Uint32Array(68);
  for (let at = 0; at < size; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 68; i++) {
      const x = (w[i - 16] ^ w[i - 9] ^ turn(w[i - 3], 15)) >>> 0;
      w[i] = x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[i - 13], 7) ^ w[i - 6];
    }
    let [a, b, c, d, e, f, g, h] = v;
    for (let i = 0; i < 64; i++) {
      const a12 = turn(a, 12);
      const ss1 = turn((a12 + e + turn(i < 16 ? 0x79cc4519 : 0x7a879d8a, i)) >>> 0, 7);
      const ff = i < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const gg = i < 16 ? e ^ f ^ g : (e & f) | (~e & g);
      const tt1 = (ff + d + ((ss1 ^ a12) >>> 0) + ((w[i] ^ w[i + 4]) >>> 0)) >>> 0;
      const tt2 = (gg + h + ss1 + w[i]) >>> 0;
      [d, c, b, a] = [c, turn(b, 9), a, tt1];
      [h, g, f, e] = [g, turn(f, 19), e, (tt2 ^ turn(tt2, 9) ^ turn(tt2, 17)) >>> 0];
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => (v[i] ^= x));
  }
  const out = new Uint8Array(32);
  v.forEach((x, i) => new DataView(out.buffer).setUint32(4 * i, x));
  return out;
}
