import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { open } from '../passverify.mjs';

const v = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url)));
const issued = Date.UTC(2026, 10, 22, 2);
const text = (name) => JSON.stringify(v.bundles[name]);

for (const u of v.updates) {
  let fault = '';
  const from = u.from && (await open(text(u.from), issued));
  try {
    await (from ? from.update(text(u.to), u.at) : open(text(u.to), u.at));
  } catch (e) {
    fault = e.message;
  }
  assert.equal(fault, u.fault, u.name);
}
for (const p of v.passes) {
  const bundle = await open(text(p.bundle), issued);
  const got = await bundle.verify(p.pass, p.site, p.at);
  assert.deepEqual([got.result, got.reason, got.payFen, got.companions], [p.result, p.reason, p.payFen, p.companions ?? 0], p.name);
}
console.log(`${v.updates.length} updates, ${v.passes.length} passes`);
