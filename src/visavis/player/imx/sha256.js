/**
 * SHA-256, by the browser where it offers it.
 *
 * Comes in: bytes. Goes out: lower-case hexadecimal. Pages over plain http from another machine
 * have no `crypto.subtle`; FIPS 180-4 stands in for it there.
 */

/** @param {Uint32Array | Uint8Array} values @param {number} digits */
const hex = (values, digits) =>
  Array.from(values, (value) => value.toString(16).padStart(digits, "0")).join("");

/** The first bits of the fractions of cube and square roots of primes. @param {number} count @param {number} root */
function fractions(count, root) {
  const found = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) prime &&= n % d !== 0;
    if (prime) found.push(((n ** (1 / root)) % 1) * 2 ** 32);
  }
  return Uint32Array.from(found);
}

/** @param {Uint8Array} bytes @returns {string} */
export function plainSha256(bytes) {
  const k = fractions(64, 3), h = fractions(8, 2), w = new Uint32Array(64);
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const turn = (/** @type {number} */ x, /** @type {number} */ n) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] +
        (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    const s = Uint32Array.from(h);
    for (let i = 0; i < 64; i++) {
      const [a, b, c, , e, f, g, last] = s;
      const one = last + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i];
      const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      s.copyWithin(1, 0, 7);
      s[4] += one;
      s[0] = one + two;
    }
    for (let i = 0; i < 8; i++) h[i] += s[i];
  }
  return hex(h, 8);
}

/** @param {Uint8Array} bytes @returns {Promise<string>} */
export async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) return plainSha256(bytes);
  const digest = await crypto.subtle.digest("SHA-256", /** @type {Uint8Array<ArrayBuffer>} */ (bytes));
  return hex(new Uint8Array(digest), 2);
}
