// For browsers without DecompressionStream: zlib data (RFC 1950, 1951) to bytes; the checksum is not verified.
function inflate(data) {
  const LENGTH = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
  const MORE = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
  const BACK = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385,
    24577,
  ];
  const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
  let at = 2,
    held = 0,
    bits = 0,
    out = new Uint8Array(data.length * 4),
    n = 0;
  const take = (count) => {
    while (bits < count) {
      held |= data[at++] << bits;
      bits += 8;
    }
    const value = held & ((1 << count) - 1);
    held >>>= count;
    bits -= count;
    return value;
  };
  const room = (count) => {
    if (n + count <= out.length) return;
    const wider = new Uint8Array(Math.max(out.length * 2, n + count));
    wider.set(out);
    out = wider;
  };
  // A code is known by how many codes each length has, and the symbols in order.
  const tree = (lengths) => {
    const counts = new Uint16Array(16),
      places = new Uint16Array(16),
      symbols = new Uint16Array(lengths.length);
    for (const l of lengths) counts[l]++;
    counts[0] = 0;
    for (let l = 1; l < 16; l++) places[l] = places[l - 1] + counts[l - 1];
    lengths.forEach((l, symbol) => {
      if (l) symbols[places[l]++] = symbol;
    });
    return { counts, symbols };
  };
  const symbol = ({ counts, symbols }) => {
    for (let length = 1, code = 0, first = 0, index = 0; length < 16; length++) {
      code |= take(1);
      if (code - first < counts[length]) return symbols[index + code - first];
      index += counts[length];
      first = (first + counts[length]) << 1;
      code <<= 1;
    }
    throw new Error("damaged data");
  };
  const fixed = [tree(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))), tree(new Array(30).fill(5))];
  const trees = () => {
    const literals = take(5) + 257,
      backs = take(5) + 1,
      used = take(4) + 4,
      lengths = new Array(19).fill(0),
      all = [];
    for (let i = 0; i < used; i++) lengths[ORDER[i]] = take(3);
    const short = tree(lengths);
    while (all.length < literals + backs) {
      const s = symbol(short);
      if (s < 16) all.push(s);
      else
        for (let k = s === 16 ? take(2) + 3 : s === 17 ? take(3) + 3 : take(7) + 11, v = s === 16 ? all[all.length - 1] : 0; k; k--)
          all.push(v);
    }
    return [tree(all.slice(0, literals)), tree(all.slice(literals))];
  };
  for (let last = 0; !last;) {
    last = take(1);
    const kind = take(2);
    if (kind === 0) {
      held = bits = 0;
      const length = data[at] | (data[at + 1] << 8);
      room(length);
      out.set(data.subarray(at + 4, at + 4 + length), n);
      n += length;
      at += 4 + length;
      continue;
    }
    const [literal, back] = kind === 1 ? fixed : trees();
    for (let s = symbol(literal); s !== 256; s = symbol(literal)) {
      if (s < 256) {
        room(1);
        out[n++] = s;
        continue;
      }
      const length = LENGTH[s - 257] + take(MORE[s - 257]),
        b = symbol(back),
        far = BACK[b] + take(b < 4 ? 0 : (b >> 1) - 1);
      room(length);
      for (let k = 0; k < length; k++, n++) out[n] = out[n - far];
    }
  }
  return out.subarray(0, n);
}
